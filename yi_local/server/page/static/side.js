// The list of conversations as a sheet over the page, where there is no room beside it.

import { byId } from "./dom.js";

const narrow = matchMedia("(max-width: 52rem)");

export class Side {
  #side = byId("side");
  #rest = byId("middle");
  #button = byId("menu");
  #isOpen = false;

  constructor() {
    this.#button.addEventListener("click", () => this.open());
    byId("side-close").addEventListener("click", () => this.close());
    byId("veil").addEventListener("click", () => this.close());
    this.#side.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
    this.#side.addEventListener("click", (event) => event.target.closest("a") && this.close());
    narrow.addEventListener("change", () => this.#show());
    this.#show();
  }

  open() {
    this.#isOpen = true;
    this.#show();
    if (narrow.matches) byId("side-close").focus();
  }

  close() {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#show();
    if (narrow.matches) this.#button.focus();
  }

  // What is behind the other one can neither be seen nor reached by a key.
  #show() {
    const covers = narrow.matches && this.#isOpen;
    this.#side.inert = narrow.matches && !this.#isOpen;
    this.#rest.inert = covers;
    this.#side.classList.toggle("open", covers);
    byId("veil").hidden = !covers;
    this.#button.setAttribute("aria-expanded", String(covers));
  }
}
