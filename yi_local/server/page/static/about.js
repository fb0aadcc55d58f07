// What the server says of itself: its models, and what the makers of the chosen one advise.

import { ask } from "./api.js";
import { kept } from "./kept.js";

export class About {
  told = null; // null: nothing yet
  #models;
  #changed;

  constructor(models, changed) {
    [this.#models, this.#changed] = [models, changed];
  }

  // For a new conversation: the one that was chosen last, where it still is here.
  get startModel() {
    const last = kept("model");
    return last !== null && this.#models.has(last) ? last : (this.told?.model ?? null);
  }

  // Throws Problem. Another model, other advice.
  async learn() {
    const name = this.#models.chosen;
    const query = name !== null && this.#models.has(name) ? `?model=${encodeURIComponent(name)}` : "";
    const told = await ask("GET", `/page/about${query}`);
    if (this.#models.chosen !== name) return; // chosen meanwhile: that advice comes by itself
    this.told = told;
    this.#models.know(told.models);
    this.#changed();
  }
}
