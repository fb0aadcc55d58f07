// Text files that go with a question, read here: the server gets their texts.

import { Problem } from "./api.js";
import { number, say } from "./words.js";

const MOST_BYTES = 4_000_000; // far more than any context holds

// A file's name and text. Throws Problem for what is no text, or too much.
export async function readText(file) {
  if (file.size > MOST_BYTES) {
    throw new Problem(say("too_large", { name: file.name, size: `${number(file.size / 1e6, 1)} MB` }));
  }
  const data = new Uint8Array(await file.arrayBuffer());
  for (const encoding of encodingsOf(data)) {
    try {
      return { name: file.name, text: new TextDecoder(encoding, { fatal: true }).decode(data) };
    } catch {
      // The next one may read it.
    }
  }
  throw new Problem(say("not_text", { name: file.name }));
}

// GB18030 is what Chinese Windows writes.
function encodingsOf(data) {
  if (data[0] === 0xff && data[1] === 0xfe) return ["utf-16le"];
  if (data[0] === 0xfe && data[1] === 0xff) return ["utf-16be"];
  return data.includes(0) ? [] : ["utf-8", "gb18030"];
}
