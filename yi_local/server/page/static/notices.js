// What stands below the messages for a while: that one has to wait, and what went wrong.

import { byId } from "./dom.js";

export class Notices {
  #wait = byId("wait");
  #trouble = byId("trouble");
  #changed;

  constructor(changed) {
    this.#changed = changed;
  }

  get areThere() {
    return !this.#wait.hidden || !this.#trouble.hidden;
  }

  wait(text) {
    this.#wait.hidden = text === null;
    byId("wait-text").textContent = text ?? "";
    this.#changed();
  }

  // `again` is what a second try does; null where only the reader can do something.
  trouble(problem, again = null) {
    this.#trouble.hidden = problem === null;
    byId("trouble-message").textContent = problem?.message ?? "";
    byId("trouble-hint").textContent = problem?.hint ?? "";
    const button = byId("again");
    button.hidden = again === null;
    button.onclick = again;
    this.#changed();
  }
}
