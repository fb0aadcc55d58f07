// Which model answers.

import { byId, make } from "./dom.js";
import { say } from "./words.js";

export class Models {
  #select = byId("model");
  #known = [];
  #chosen = null;

  constructor(choose) {
    this.#select.addEventListener("change", () => {
      this.#chosen = this.#select.value;
      choose(this.#select.value);
    });
  }

  get chosen() {
    return this.#chosen;
  }

  has(name) {
    return this.#known.some((model) => model.name === name);
  }

  // As the server tells them.
  know(models) {
    this.#known = models;
    this.#render();
  }

  // A conversation may have been talked with a model that is gone: it is shown so, and another can be chosen.
  set chosen(name) {
    this.#chosen = name;
    this.#render();
  }

  speakAnew() {
    this.#render();
  }

  #render() {
    const options = this.#known.map(({ name, title }) => make("option", { value: name }, title || name));
    if (this.#chosen !== null && !this.has(this.#chosen)) {
      options.unshift(make("option", { value: this.#chosen }, say("model_gone", { model: this.#chosen })));
    }
    if (options.length === 0) options.push(make("option", { value: "" }, say("no_models")));
    this.#select.replaceChildren(...options);
    this.#select.value = this.#chosen ?? this.#known[0]?.name ?? "";
    this.#select.disabled = this.#known.length === 0;
    this.#select.title = this.#select.selectedOptions[0]?.textContent ?? "";
  }
}
