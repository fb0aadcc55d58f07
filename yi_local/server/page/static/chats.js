// The list of conversations.

import { ask } from "./api.js";
import { confirm } from "./dialogs.js";
import { byId, iconButton, isComposing, make } from "./dom.js";
import { announce } from "./spoken.js";
import { say } from "./words.js";

const PAGE = 50;
const DAY_S = 86_400;
const DAYS = ["today", "yesterday", "week", "earlier"];

export class Chats {
  #chats = [];
  #hasMore = false;
  #current = null;
  #renaming = null;
  #box = byId("chats");
  #more = byId("more-chats");
  #tell;

  // `tell` has isAnswering(id), failed(problem), changed(chat) and deleted(id).
  constructor(tell) {
    this.#tell = tell;
    this.#more.addEventListener("click", () => this.#fetchMore());
  }

  set current(id) {
    this.#current = id;
    this.render();
  }

  // From the newest on. Throws Problem.
  async refresh() {
    const told = await ask("GET", `/page/chats?limit=${Math.max(PAGE, this.#chats.length)}`);
    [this.#chats, this.#hasMore] = [told.chats, told.more];
    this.render();
  }

  put(chat) {
    this.#chats = this.#chats.filter((each) => each.id !== chat.id);
    if (chat.n_messages > 0) this.#chats.push(chat);
    this.#chats.sort((one, other) => other.updated_s - one.updated_s);
    this.render();
  }

  render() {
    if (this.#renaming !== null) return; // what is being typed there would be gone
    const parts = DAYS.map((day) => [day, this.#chats.filter((chat) => dayOf(chat) === day)])
      .filter(([, chats]) => chats.length > 0)
      .map(([day, chats]) =>
        make("section", {}, make("h2", {}, say(day)), make("ul", {}, ...chats.map((chat) => this.#item(chat)))),
      );
    if (parts.length === 0) parts.push(make("p", { class: "none" }, say("no_chats")));
    const focused = this.#box.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
    this.#box.replaceChildren(...parts);
    if (focused) this.#focus(focused);
    this.#more.hidden = !this.#hasMore;
  }

  #focus(name) {
    this.#box.querySelector(`[data-focus="${name}"]`)?.focus();
  }

  #item(chat) {
    const title = chat.title || say("untitled");
    const isCurrent = chat.id === this.#current;
    const link = make(
      "a",
      { href: `#${chat.id}`, "aria-current": isCurrent ? "page" : null, title, "data-focus": `open-${chat.id}` },
      make("span", { class: "title" }, title),
      this.#tell.isAnswering(chat.id) ? make("span", { class: "pulse", role: "img", "aria-label": say("answering") }) : null,
    );
    const item = make("li", { class: isCurrent ? "current" : null }, link);
    item.append(
      iconButton("edit", say("rename_this", { title }), () => this.#rename(chat, item), { "data-focus": `rename-${chat.id}` }),
      iconButton("bin", say("delete_this", { title }), () => this.#delete(chat, title), { "data-focus": `delete-${chat.id}` }),
    );
    return item;
  }

  #rename(chat, item) {
    this.#renaming = chat.id;
    const field = make("input", { type: "text", "aria-label": say("new_title"), maxlength: "200", autocomplete: "off" });
    field.value = chat.title;
    let isOver = false;
    const end = async (title) => {
      if (isOver) return;
      isOver = true;
      this.#renaming = null;
      if (title !== null && title !== "" && title !== chat.title) {
        await this.#guarded(async () => this.#tell.changed(await ask("PATCH", `/page/chats/${chat.id}`, { title })));
      }
      this.render();
      this.#focus(`rename-${chat.id}`);
    };
    field.addEventListener("keydown", (event) => {
      if (isComposing(event)) return;
      if (event.key === "Enter") end(field.value.trim());
      if (event.key === "Escape") {
        event.stopPropagation();
        end(null);
      }
    });
    field.addEventListener("blur", () => end(field.value.trim()));
    item.replaceChildren(field);
    field.select();
  }

  async #delete(chat, title) {
    const agreed = await confirm(say("delete_sure"), say("delete_what", { title }), say("delete"));
    if (!agreed) return this.#focus(`delete-${chat.id}`);
    await this.#guarded(async () => {
      await ask("DELETE", `/page/chats/${chat.id}`);
      this.#chats = this.#chats.filter((each) => each.id !== chat.id);
      this.render();
      announce(say("deleted"));
      this.#tell.deleted(chat.id);
    });
  }

  async #fetchMore() {
    await this.#guarded(async () => {
      const told = await ask("GET", `/page/chats?limit=${PAGE}&before=${this.#chats.at(-1).id}`);
      const known = new Set(this.#chats.map((chat) => chat.id));
      const fresh = told.chats.filter((chat) => !known.has(chat.id));
      this.#chats = [...this.#chats, ...fresh];
      this.#hasMore = told.more;
      this.render();
      if (fresh.length > 0) this.#focus(`open-${fresh[0].id}`);
    });
  }

  async #guarded(work) {
    try {
      await work();
    } catch (problem) {
      this.#tell.failed(problem); // it throws what is no Problem
    }
  }
}

function dayOf(chat) {
  const midnight = new Date().setHours(0, 0, 0, 0) / 1000;
  if (chat.updated_s >= midnight) return "today";
  if (chat.updated_s >= midnight - DAY_S) return "yesterday";
  return chat.updated_s >= midnight - 6 * DAY_S ? "week" : "earlier";
}
