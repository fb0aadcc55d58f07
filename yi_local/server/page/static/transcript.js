// The messages of the conversation that is open, as far back as they have been fetched.

import { byId } from "./dom.js";
import { Follower } from "./follow.js";
import { MessageView } from "./message.js";
import { Notices } from "./notices.js";

export class Transcript {
  #views = [];
  #acts;
  #box = byId("messages");
  #greeting = byId("greeting");
  #older = byId("older");
  #follower = new Follower(byId("scroller"), byId("latest"));
  #notices = new Notices(() => this.#changed());

  // `acts` are the messages', and older(id): the messages before that one, as the server tells them.
  constructor(acts) {
    this.#acts = acts;
    this.#older.addEventListener("click", () => this.fetchOlder());
    const options = { root: byId("scroller"), rootMargin: "200px" };
    new IntersectionObserver(([seen]) => seen.isIntersecting && this.fetchOlder(), options).observe(this.#older);
  }

  get last() {
    return this.#views.at(-1)?.message ?? null;
  }

  get lastAnswer() {
    return this.last?.role === "assistant" ? this.last : null;
  }

  get first() {
    return this.#views[0]?.message ?? null;
  }

  get size() {
    return this.#views.length;
  }

  show({ messages, more }) {
    this.#set(messages, more);
    this.#follower.toEnd();
  }

  // What is the same keeps its element: whoever reads, marks or presses it is not disturbed. A version that was switched
  // to, `switchedTo`, comes where the other one stood.
  update({ messages, more }, switchedTo = null) {
    const change = () => {
      const known = new Map(this.#views.map((view) => [view.id, view]));
      this.#views = messages.map((message) => {
        const view = known.get(message.id) ?? this.#view(message);
        if (JSON.stringify(view.message) !== JSON.stringify(message)) view.update(message);
        view.isWriting = false;
        return view;
      });
      this.#older.hidden = !more;
      this.#place();
      this.leftOut(this.last?.left_out ?? []);
    };
    const siblings = messages.find((message) => message.id === switchedTo)?.siblings ?? [];
    const before = this.#views.find((view) => siblings.includes(view.id));
    if (before === undefined) change();
    else this.#follower.keeping(before.node, change, () => this.#find(switchedTo).node);
  }

  clear() {
    this.#set([], false);
    this.wait(null);
    this.trouble(null);
  }

  // Below the message that it follows; what stood there before belongs to another branch.
  put(message) {
    const known = this.#find(message.id);
    if (known === null) this.#views = [...this.#upTo(message.parent_id), this.#view(message)];
    else known.update(message);
    this.#place();
  }

  // A question that the server has not told of yet.
  putUnsent(text, attachments, parentId) {
    this.put({ id: null, parent_id: parentId, role: "user", text, attachments });
    this.#follower.toEnd();
  }

  cutAt(id) {
    const at = this.#views.findIndex((view) => view.id === id);
    if (at >= 0) this.#views = this.#views.slice(0, at);
    this.#place();
  }

  write(id, from, blocks) {
    const view = this.#find(id);
    if (view === null) return;
    view.isWriting = true;
    view.setBlocks(from, blocks);
    this.#follower.grown();
  }

  settle() {
    for (const view of this.#views) view.isWriting = false;
    this.#follower.grown();
  }

  textOf(id) {
    return this.#find(id)?.text ?? "";
  }

  leftOut(ids) {
    for (const view of this.#views) view.isLeftOut = ids.includes(view.id);
  }

  wait(text) {
    this.#notices.wait(text);
  }

  trouble(problem, again = null) {
    this.#notices.trouble(problem, again);
    if (problem !== null) this.#follower.toEnd();
  }

  async reveal(id) {
    let view = this.#find(id);
    while (view === null && !this.#older.hidden && (await this.fetchOlder())) view = this.#find(id);
    if (view === null) return false;
    await this.#follower.keeping(null, () => view.node.scrollIntoView({ block: "center" }));
    view.node.focus({ preventScroll: true });
    return true;
  }

  focus(id, name) {
    this.#find(id)?.node.querySelector(`.${name}`)?.focus();
  }

  focusVersion(id, name) {
    this.#find(id)?.focusVersion(name);
  }

  // Says whether there were any.
  async fetchOlder() {
    if (this.#older.hidden || this.#older.disabled || this.first?.id == null) return false;
    this.#older.disabled = true;
    try {
      const first = this.first.id;
      const told = await this.#acts.older(first);
      if (told === null || this.first?.id !== first) return false;
      const views = told.messages.map((message) => this.#view(message));
      await this.#follower.keeping(this.#views[0].node, () => {
        this.#views = [...views, ...this.#views];
        this.#older.hidden = !told.more;
        this.#place();
      });
      return views.length > 0;
    } finally {
      this.#older.disabled = false;
    }
  }

  speakAnew() {
    for (const view of this.#views) view.update(view.message);
  }

  #find(id) {
    return this.#views.find((view) => view.id === id) ?? null;
  }

  // Without the unsent question, whose number is null too: it is there only until the server has it.
  #upTo(parentId) {
    const at = this.#views.findIndex((view) => view.id === parentId);
    return parentId === null || at < 0 ? [] : this.#views.slice(0, at + 1);
  }

  #view(message) {
    return new MessageView(message, this.#acts);
  }

  #set(messages, more) {
    this.#views = messages.map((message) => this.#view(message));
    this.#older.hidden = !more;
    this.#box.replaceChildren();
    this.#place();
    this.leftOut(this.last?.left_out ?? []);
  }

  // Only what has changed is touched.
  #place() {
    const wanted = new Set(this.#views.map((view) => view.node));
    for (const node of [...this.#box.children]) if (!wanted.has(node)) node.remove();
    this.#views.forEach((view, at) => {
      if (this.#box.children[at] !== view.node) this.#box.insertBefore(view.node, this.#box.children[at] ?? null);
    });
    this.#changed();
  }

  #changed() {
    this.#greeting.hidden = this.#views.length > 0 || this.#notices.areThere;
    this.#follower.grown();
  }
}
