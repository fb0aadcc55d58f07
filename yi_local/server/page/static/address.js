// What the page's own address says.

import { takeKeyFromAddress } from "./key.js";

// The numbers of a conversation and of one of its messages; null where it names none.
export function addressed() {
  takeKeyFromAddress(); // it must not stand there any longer
  const [, chat = null, node = null] = /^#(\d+)(?:\/(\d+))?$/.exec(location.hash) ?? [];
  return [chat, node].map((digits) => (digits === null ? null : Number(digits)));
}
