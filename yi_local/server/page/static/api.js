// Asking the server: JSON both ways, an answer as a stream of events.

import { askForKey, keyNow } from "./key.js";
import { say } from "./words.js";

// What a person can read of what went wrong.
export class Problem extends Error {
  constructor(message, hint = null, code = null, status = 0) {
    super(message);
    [this.hint, this.code, this.status] = [hint, code, status];
  }
}

export const lost = () => new Problem(say("lost"), say("lost_hint"), "lost");

export async function ask(method, path, body = undefined) {
  const response = await reply(method, path, body);
  try {
    return await response.json();
  } catch {
    throw lost();
  }
}

// Yields until the server says that it is over; a connection that breaks off before is a Problem.
export async function* stream(path, body, signal) {
  const response = await reply("POST", path, body, signal);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let [rest, isOver] = ["", false];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done && isOver) return;
      if (done) throw lost();
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      for (const line of lines) {
        if (!line.startsWith("data: ")) continue; // a comment, a sign of life
        const data = line.slice(6).trim();
        if (data === "[DONE]") isOver = true;
        else yield JSON.parse(data);
      }
    }
  } catch (error) {
    if (error instanceof Problem || signal?.aborted) throw error;
    if (!isOver) throw lost();
  }
}

async function reply(method, path, body, signal) {
  for (;;) {
    const headers = {};
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const key = keyNow();
    if (key !== null) headers.Authorization = `Bearer ${key}`;
    let response;
    try {
      response = await fetch(path, { method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body) });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw lost();
    }
    if (response.ok) return response;
    if (response.status === 401 && (keyNow() !== key || (await askForKey()))) continue;
    throw await problemOf(response);
  }
}

async function problemOf(response) {
  let told = {};
  try {
    told = (await response.json()).error ?? {};
  } catch {
    // No body, or none of ours: a proxy between may answer too.
  }
  return new Problem(told.message ?? say("went_wrong"), told.hint ?? null, told.code ?? null, response.status);
}
