// The answers under way, in the conversation that is open and in others.

import { Run } from "./run.js";
import { announce } from "./spoken.js";
import { say } from "./words.js";

export class Answers {
  #runs = new Map(); // by conversation: there is one at a time in each
  #transcript;
  #isShown;
  #tell;

  // `isShown` says whether a conversation is the open one. `tell` has busy(), asked(chatId), changed(chat) and
  // ended(run).
  constructor(transcript, isShown, tell) {
    [this.#transcript, this.#isShown, this.#tell] = [transcript, isShown, tell];
  }

  has(chatId) {
    return this.#runs.has(chatId);
  }

  stop(chatId) {
    this.#runs.get(chatId)?.stop();
  }

  // Says whether the question has arrived at the server.
  async begin(chatId, action, body) {
    const run = new Run(chatId, action, body, (event) => this.#took(event, run));
    this.#runs.set(chatId, run);
    if (this.#isShown(chatId)) {
      this.#transcript.trouble(null);
      this.#transcript.wait(say("waiting"));
    }
    this.#tell.busy();
    try {
      await run.go();
    } finally {
      this.#runs.delete(chatId);
      if (this.#isShown(chatId)) {
        this.#transcript.settle();
        this.#transcript.wait(null);
      }
      this.#tell.busy();
    }
    await this.#tell.ended(run);
    return run.isAsked;
  }

  // Of a conversation that is opened again while its answer is being written.
  show(chatId) {
    const run = this.#runs.get(chatId);
    if (run === undefined) return;
    if (run.message !== null) {
      this.#transcript.put({ ...run.message, blocks: run.blocks });
      this.#transcript.write(run.message.id, 0, run.blocks);
    }
    this.#progress(run);
  }

  #took(event, run) {
    if (event.type === "kept") this.#tell.changed(event.chat);
    if (event.type === "asked") this.#tell.asked(run.chatId);
    if (!this.#isShown(run.chatId)) return;
    const transcript = this.#transcript;
    if (event.type === "asked") transcript.put(event.message);
    else if (event.type === "left_out") transcript.leftOut(event.ids);
    else if (event.type === "begun") {
      transcript.put(event.message);
      transcript.write(event.message.id, 0, run.blocks);
    } else if (event.type === "blocks") transcript.write(run.message.id, event.from, event.blocks);
    else if (event.type === "kept") {
      transcript.put(event.message);
      transcript.leftOut(event.message.left_out ?? []);
      announce(say("answer_done", { text: transcript.textOf(event.message.id) }));
    }
    this.#progress(run);
  }

  #progress({ progress, blocks }) {
    if (progress?.type === "loading" && progress.fraction < 1) {
      this.#transcript.wait(say("loading", { percent: Math.round(progress.fraction * 100) }));
    } else if (progress?.type === "prefill" && progress.total > 0) {
      this.#transcript.wait(say("prefill", { percent: Math.round((100 * progress.done) / progress.total) }));
    } else {
      this.#transcript.wait(blocks.length > 0 ? null : say("waiting"));
    }
  }
}
