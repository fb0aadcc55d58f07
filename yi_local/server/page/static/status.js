// The line below the composer: who answers, how fast, and what it could not see.

import { byId, make } from "./dom.js";
import { number, say } from "./words.js";

export function showStatus(talk, about) {
  const answer = talk.transcript.lastAnswer;
  const parts = [];
  if (about !== null && !about.saves_history) parts.push(make("span", { class: "warning" }, say("not_saved")));
  const leftOut = answer?.left_out?.length ?? 0;
  if (leftOut > 0) parts.push(make("span", { class: "warning" }, say("left_out", { n: number(leftOut) })));
  if (answer?.model) parts.push(make("span", {}, answer.model));
  const speed = answer?.usage?.decode_tps;
  if (speed) parts.push(make("span", {}, say("speed", { n: number(speed, speed < 10 ? 1 : 0) })));
  if (parts.length === 0) parts.push(make("span", { class: "keys" }, say("keys")));
  byId("status").replaceChildren(...parts);
}
