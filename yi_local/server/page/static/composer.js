// Where questions are written.

import { Problem } from "./api.js";
import { byId, grow, icon, iconButton, isComposing, make } from "./dom.js";
import { readText } from "./files.js";
import { keepHere, keptHere } from "./kept.js";
import { number, say } from "./words.js";

export class Composer {
  #area = byId("question");
  #chips = byId("chips");
  #button = byId("send");
  #picker = byId("files");
  #files = [];
  #draft = null; // under which name an unsent text is kept
  #isBusy = false;
  #tell;

  // `tell` has send(text, files), stop() and failed(problem).
  constructor(tell) {
    this.#tell = tell;
    this.#area.addEventListener("input", () => this.#changed());
    this.#area.addEventListener("keydown", (event) => this.#key(event));
    this.#area.addEventListener("paste", (event) => this.#pasted(event));
    byId("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#isBusy) this.#tell.stop();
      else this.#send();
    });
    byId("attach").addEventListener("click", () => this.#picker.click());
    this.#picker.addEventListener("change", () => {
      this.attach([...this.#picker.files]);
      this.#picker.value = ""; // the same file may be chosen again
    });
    this.#takeDropped();
  }

  set isBusy(busy) {
    this.#isBusy = busy;
    this.#show();
  }

  // Each conversation has its own unsent text.
  open(name) {
    if (name === this.#draft) return;
    this.#draft = name;
    this.#set(keptHere(`draft.${name}`) ?? "", []);
  }

  // The new conversation has got its number; what is being typed goes with it.
  rename(name) {
    keepHere(`draft.${this.#draft}`, null);
    this.#draft = name;
    this.#changed();
  }

  // What was typed for a conversation that does not come stays in sight.
  handOver(name) {
    if (name === this.#draft) return;
    const [text, files] = [this.#area.value, this.#files];
    keepHere(`draft.${this.#draft}`, null);
    this.open(name);
    if (text.trim() !== "" || files.length > 0) this.restore(name, text, files);
  }

  // What could not be sent, by its draft's name; a text that has been begun meanwhile stays before it.
  restore(name, text, files) {
    if (name !== this.#draft) return keepHere(`draft.${name}`, text);
    const typed = this.#area.value;
    this.#set(typed.trim() === "" || typed === text ? text : `${typed}\n${text}`, [...this.#files, ...files]);
  }

  suggest(text) {
    this.#set(text, this.#files);
    this.focus();
  }

  focus() {
    this.#area.focus();
  }

  async attach(files) {
    for (const file of files) {
      try {
        this.#files.push(await readText(file));
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        this.#tell.failed(problem);
      }
    }
    this.#showFiles();
    this.#changed();
    this.focus();
  }

  speakAnew() {
    this.#showFiles();
    this.#show();
  }

  #set(text, files) {
    this.#area.value = text;
    this.#files = files;
    this.#showFiles();
    this.#changed();
  }

  #send() {
    const [text, files] = [this.#area.value, this.#files];
    if (text.trim() === "" && files.length === 0) return;
    this.#set("", []);
    this.#tell.send(text, files);
  }

  #key(event) {
    if (event.key !== "Enter" || event.shiftKey || isComposing(event)) return;
    event.preventDefault();
    if (!this.#isBusy) this.#send(); // what is typed during an answer waits
  }

  #changed() {
    keepHere(`draft.${this.#draft}`, this.#area.value);
    this.#show();
  }

  #show() {
    grow(this.#area);
    const isEmpty = this.#area.value.trim() === "" && this.#files.length === 0;
    const label = say(this.#isBusy ? "stop" : "send");
    this.#button.replaceChildren(icon(this.#isBusy ? "stop" : "send"));
    this.#button.setAttribute("aria-label", label);
    this.#button.title = label;
    this.#button.classList.toggle("stop", this.#isBusy);
    this.#button.disabled = isEmpty && !this.#isBusy;
  }

  #showFiles() {
    const chips = this.#files.map((file) =>
      make(
        "li",
        { title: say("chars", { n: number(file.text.length) }) },
        make("span", {}, file.name),
        iconButton("cross", say("detach", { name: file.name }), () => this.#detach(file)),
      ),
    );
    this.#chips.replaceChildren(...chips);
    this.#chips.hidden = chips.length === 0;
  }

  #detach(file) {
    this.#files = this.#files.filter((each) => each !== file);
    this.#showFiles();
    this.#changed();
    this.focus();
  }

  #pasted(event) {
    const files = [...event.clipboardData.files];
    if (files.length === 0 || event.clipboardData.getData("text/plain") !== "") return;
    event.preventDefault();
    this.attach(files);
  }

  #takeDropped() {
    const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
    const mark = (on) => document.body.classList.toggle("dropping", on);
    addEventListener("dragover", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      mark(true);
    });
    addEventListener("dragleave", (event) => event.relatedTarget === null && mark(false));
    addEventListener("drop", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      mark(false);
      this.attach([...event.dataTransfer.files]);
    });
  }
}
