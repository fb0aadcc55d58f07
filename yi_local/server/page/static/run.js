// One answer on its way, whether or not anybody looks at its conversation.

import { Problem, ask, stream } from "./api.js";

const AGAIN_MS = 300; // a stop that came before the server had begun stops nothing
const PATIENCE_MS = 5000; // after a stop: a server that does not react is left

export class Run {
  message = null; // the answer, from the moment it has its place
  blocks = [];
  progress = null; // the newest event before the text begins
  problem = null;
  isAsked = false;
  #abort = new AbortController();
  #tell;
  #isStopped = false;
  #isOver = false;

  constructor(chatId, action, body, tell) {
    [this.chatId, this.action, this.body, this.#tell] = [chatId, action, body, tell];
  }

  // Until the end, good or bad.
  async go() {
    try {
      for await (const event of stream(`/page/chats/${this.chatId}/${this.action}`, this.body, this.#abort.signal)) {
        this.#take(event);
        this.#tell(event, this);
      }
    } catch (error) {
      if (error instanceof Problem) this.problem = error;
      else if (!this.#isStopped) throw error;
    } finally {
      this.#isOver = true;
    }
  }

  async stop() {
    if (this.#isStopped) return;
    this.#isStopped = true;
    setTimeout(() => this.#abort.abort(), PATIENCE_MS);
    while (!this.#isOver) {
      try {
        await ask("POST", `/page/chats/${this.chatId}/stop`, {});
      } catch {
        return this.#abort.abort(); // going away ends it too
      }
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }

  #take(event) {
    if (event.type === "asked" || event.type === "begun") this.isAsked = true;
    if (event.type === "loading" || event.type === "prefill") this.progress = event;
    if (event.type === "begun") {
      this.message = event.message;
      this.blocks = event.message.blocks ?? [];
    } else if (event.type === "blocks") {
      this.progress = null;
      this.blocks = [...this.blocks.slice(0, event.from), ...event.blocks];
    } else if (event.type === "kept") {
      this.message = event.message;
      this.blocks = event.message.blocks ?? this.blocks;
    } else if (event.type === "gone") {
      this.message = null;
    } else if (event.type === "error") {
      this.problem = new Problem(event.message, event.hint ?? null, event.code ?? null);
    } else if (event.error) {
      this.problem = new Problem(event.error.message, event.error.hint ?? null, event.error.code ?? null);
    }
  }
}
