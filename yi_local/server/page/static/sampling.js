// How the next token is drawn: a field for each option, empty where the makers' advice holds.

import { byId, make } from "./dom.js";
import { number, say } from "./words.js";

export class Sampling {
  #box = byId("sampling");
  #options = [];
  #chosen = {};
  #change;

  constructor(change) {
    this.#change = change;
    byId("sampling-reset").addEventListener("click", () => {
      this.show({});
      change({});
    });
  }

  know(options) {
    this.#options = options;
    this.speakAnew();
  }

  // Of what is chosen, only what differs from the advice; fields that the page has not are kept as they are.
  show(chosen) {
    this.#chosen = { ...chosen };
    for (const option of this.#options) this.#fill(option.name);
    this.#showReset();
  }

  speakAnew() {
    this.#box.replaceChildren(...this.#options.map((option) => this.#row(option)));
    this.show(this.#chosen);
  }

  #row(option) {
    const { name, low, high, step } = option;
    const id = `sampling-${name}`;
    const isFine = step !== undefined && step !== null && step < 1; // of these a hand has a feeling
    const field = make("input", {
      type: "number",
      id,
      min: low,
      max: high,
      step: isFine ? "any" : "1",
      inputmode: isFine ? "decimal" : "numeric",
      placeholder: this.#advice(option),
      "aria-describedby": `${id}-wrong`,
      autocomplete: "off",
    });
    field.addEventListener("change", () => this.#typed(option, field));
    const row = make("div", { class: "option" }, make("label", { for: id }, say(name)), field);
    if (isFine) row.append(this.#slider(option, field));
    row.append(make("p", { class: "wrong", id: `${id}-wrong`, role: "alert" }));
    return row;
  }

  #slider(option, field) {
    const { name, low, high, step } = option;
    const slider = make("input", { type: "range", min: low, max: high, step, "aria-label": say(name), "data-of": name });
    slider.addEventListener("input", () => {
      field.value = slider.value;
    });
    slider.addEventListener("change", () => this.#typed(option, field));
    return slider;
  }

  #typed({ name, low, high }, field) {
    const { badInput, rangeOverflow, rangeUnderflow, stepMismatch } = field.validity;
    const isWrong = badInput || rangeOverflow || rangeUnderflow || stepMismatch;
    field.setAttribute("aria-invalid", String(isWrong));
    byId(`${field.id}-wrong`).textContent = isWrong
      ? say("out_of_range", { field: say(name), low: number(low ?? 0, 2), high: number(high ?? 2 ** 31, 2) })
      : "";
    if (isWrong) return;
    if (field.value === "") delete this.#chosen[name];
    else this.#chosen[name] = field.valueAsNumber;
    this.#fill(name);
    this.#showReset();
    this.#change({ ...this.#chosen });
  }

  #fill(name) {
    const option = this.#options.find((each) => each.name === name);
    const field = byId(`sampling-${name}`);
    field.value = this.#chosen[name] ?? "";
    field.setAttribute("aria-invalid", "false");
    byId(`${field.id}-wrong`).textContent = "";
    const slider = this.#box.querySelector(`[data-of="${name}"]`);
    if (slider !== null) slider.value = this.#chosen[name] ?? option.default ?? option.low;
  }

  #advice({ default: advised }) {
    return advised === null || advised === undefined ? "" : String(advised);
  }

  #showReset() {
    byId("sampling-reset").disabled = Object.keys(this.#chosen).length === 0;
  }
}
