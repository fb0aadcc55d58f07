// Searching all that was said.

import { ask } from "./api.js";
import { byId, make } from "./dom.js";
import { announce } from "./spoken.js";
import { say } from "./words.js";

const PAUSE_MS = 180; // so long nobody types on

export class Finding {
  #field = byId("search");
  #found = byId("found");
  #list = byId("list");
  #timer = null;
  #newest = 0;
  #failed;

  constructor(failed) {
    this.#failed = failed;
    this.#field.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#search(), PAUSE_MS);
    });
    this.#field.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.#field.value === "") return;
      event.stopPropagation();
      event.preventDefault();
      this.#field.value = "";
      this.#search();
    });
  }

  focus() {
    this.#field.focus();
    this.#field.select();
  }

  async #search() {
    const ticket = ++this.#newest;
    const query = this.#field.value.trim();
    if (query === "") return this.#show(false);
    let told;
    try {
      told = await ask("GET", `/page/chats?limit=50&query=${encodeURIComponent(query)}`);
    } catch (problem) {
      return this.#failed(problem);
    }
    if (ticket !== this.#newest) return; // an older answer that was late
    const items = told.hits.map(item);
    const nothing = make("p", { class: "none" }, say("nothing_found"));
    this.#found.replaceChildren(items.length > 0 ? make("ul", {}, ...items) : nothing);
    this.#show(true);
    announce(items.length > 0 ? say("found", { n: items.length }) : say("nothing_found"));
  }

  #show(found) {
    this.#found.hidden = !found;
    this.#list.hidden = found;
  }
}

function item({ chat, node_id: node, role, before, found, after }) {
  const isTitle = role === "title";
  const excerpt = make("span", { class: "excerpt" }, before, make("mark", {}, found), after);
  const title = isTitle ? excerpt : chat.title || say("untitled");
  return make(
    "li",
    {},
    make(
      "a",
      { href: isTitle ? `#${chat.id}` : `#${chat.id}/${node}` },
      make("span", { class: "title" }, title),
      isTitle ? null : excerpt,
    ),
  );
}
