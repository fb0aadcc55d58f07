// The settings: of the conversation that is open, and of the page.

import { closeBeside } from "./dialogs.js";
import { byId, grow } from "./dom.js";
import { Sampling } from "./sampling.js";
import { chooseTheme, chosenTheme } from "./theme.js";
import { chosenLanguage, say } from "./words.js";

export class Drawer {
  #dialog = byId("drawer");
  #system = byId("system");
  #none = byId("system-none");
  #own = null; // the model's own system prompt
  #tell;

  // `tell` has change(fields) and speak(language).
  constructor(tell) {
    this.#tell = tell;
    this.sampling = new Sampling((sampling) => tell.change({ sampling }));
    byId("settings").addEventListener("click", () => this.open());
    byId("drawer-close").addEventListener("click", () => this.#dialog.close());
    closeBeside(this.#dialog);
    this.#system.addEventListener("input", () => grow(this.#system));
    this.#system.addEventListener("change", () => this.#systemChanged());
    this.#none.addEventListener("change", () => this.#systemChanged());
    const theme = byId("theme");
    theme.value = chosenTheme();
    theme.addEventListener("change", () => chooseTheme(theme.value));
    const language = byId("language");
    language.value = chosenLanguage();
    language.addEventListener("change", () => tell.speak(language.value));
  }

  open() {
    this.#dialog.showModal();
    grow(this.#system);
  }

  // What the server says of itself and of the model.
  know(about) {
    this.#own = about.system ?? null;
    byId("version").textContent = say("version", { version: about.version });
    this.sampling.know(about.sampling);
    this.#showOwn();
  }

  // `chosen` is a conversation, or what is wished of a new one. System: null is the model's own, "" is none at all.
  show(chosen) {
    if (this.#dialog.open) return; // what is being typed there is newer
    this.#system.value = chosen.system ?? "";
    this.#none.checked = chosen.system === "";
    this.#showOwn();
    this.sampling.show(chosen.sampling ?? {});
  }

  #systemChanged() {
    const text = this.#system.value.trim();
    if (text !== "") this.#none.checked = false;
    this.#showOwn();
    this.#tell.change({ system: text !== "" ? text : this.#none.checked ? "" : null });
  }

  #showOwn() {
    const hasNone = this.#own === null || this.#system.value.trim() !== "";
    byId("system-none-row").hidden = hasNone && !this.#none.checked;
    this.#system.placeholder = this.#none.checked ? "" : (this.#own ?? say("system_hint"));
  }
}
