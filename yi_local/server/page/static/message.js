// One message: its text, what can be done with it, how it ended.

import { show } from "./blocks.js";
import { copyButton } from "./copying.js";
import { editor } from "./editing.js";
import { iconButton, make } from "./dom.js";
import { number, say } from "./words.js";

const ENDED = { length: "ended_length", cancelled: "ended_cancelled", error: "ended_error" };

// `acts` has retry, edit, goOn, choose and pin, each for a message.
export class MessageView {
  #acts;
  #body = make("div", { class: "body" });
  #below = make("div", { class: "below" });
  #isWriting = false;

  constructor(message, acts) {
    this.#acts = acts;
    this.node = make("article", { class: `message ${message.role}`, tabindex: "-1" }, this.#body, this.#below);
    this.update(message);
  }

  get id() {
    return this.message.id;
  }

  // A growing answer keeps its element: whoever reads or marks it is not disturbed.
  update(message) {
    this.message = message;
    const isAnswer = message.role === "assistant";
    const who = isAnswer ? message.model || say("assistant") : say("you");
    this.node.setAttribute("aria-label", who);
    this.node.dataset.id = message.id ?? "";
    if (isAnswer) {
      this.node.dataset.who = who;
      show(this.#body, 0, message.blocks ?? []);
    } else if (this.#body.textContent !== message.text) {
      this.#body.textContent = message.text;
    }
    this.#body.hidden = !isAnswer && message.text === "";
    this.#showBelow();
  }

  setBlocks(from, blocks) {
    show(this.#body, from, blocks);
  }

  get isWriting() {
    return this.#isWriting;
  }

  set isWriting(writing) {
    if (this.#isWriting === writing) return;
    this.#isWriting = writing;
    this.node.classList.toggle("writing", writing);
    this.#showBelow();
  }

  get text() {
    return this.message.role === "assistant" ? this.#body.innerText : this.message.text;
  }

  // The model did not see it for the newest answer.
  set isLeftOut(leftOut) {
    this.node.classList.toggle("left-out", leftOut);
    if (leftOut) this.node.dataset.note = say("not_seen");
    else delete this.node.dataset.note;
  }

  focusVersion(name) {
    const buttons = this.node.querySelectorAll(".versions button:not(:disabled)");
    const wished = this.node.querySelector(`.versions .${name}:not(:disabled)`);
    (wished ?? buttons[0])?.focus();
  }

  #showBelow() {
    const { message } = this;
    const parts = [this.#attachments()];
    if (message.id !== null && !this.#isWriting) parts.push(this.#ending(), this.#actions());
    this.#below.replaceChildren(...parts.filter((part) => part !== null));
  }

  #attachments() {
    const files = this.message.attachments ?? [];
    if (files.length === 0) return null;
    const items = files.map(({ name, chars }) =>
      make("li", { title: say("chars", { n: number(chars) }) }, make("span", {}, name)),
    );
    return make("ul", { class: "files" }, ...items);
  }

  #ending() {
    const { role, finish_reason: reason } = this.message;
    if (role !== "assistant" || reason === "stop") return null;
    const goOn = make(
      "button",
      { type: "button", class: "plain needs-idle", on: { click: () => this.#acts.goOn(this.message) } },
      say("continue"),
    );
    return make("p", { class: "ending" }, make("span", {}, say(ENDED[reason] ?? "ended_unknown")), goOn);
  }

  #actions() {
    const { message } = this;
    const isAnswer = message.role === "assistant";
    const idle = { class: "quiet needs-idle" };
    const pinned = { ...idle, class: `${idle.class} pin`, "aria-pressed": String(Boolean(message.pinned)) };
    return make(
      "div",
      { class: "acts" },
      this.#versions(),
      copyButton(say("copy"), () => message.text),
      isAnswer
        ? iconButton("retry", say("retry"), () => this.#acts.retry(message), idle)
        : iconButton("retry", say("retry"), () => this.#acts.retry(message), { class: "quiet needs-idle if-unanswered" }),
      isAnswer
        ? null
        : iconButton("edit", say("edit"), () => this.#edit(), { ...idle, class: `${idle.class} edit` }),
      iconButton("pin", say(message.pinned ? "unpin" : "pin"), () => this.#acts.pin(message), pinned),
      isAnswer ? this.#usage() : null,
    );
  }

  #versions() {
    const { siblings = [], id } = this.message;
    if (siblings.length < 2) return null;
    const at = siblings.indexOf(id);
    const step = (name, by) =>
      iconButton(name, say(name), () => this.#acts.choose(siblings[at + by], name), {
        class: `quiet needs-idle ${name}`,
        disabled: siblings[at + by] === undefined,
      });
    return make(
      "span",
      { class: "versions", role: "group", "aria-label": say("versions") },
      step("previous", -1),
      make("span", { class: "count" }, `${at + 1}/${siblings.length}`),
      step("next", 1),
    );
  }

  #usage() {
    const usage = this.message.usage;
    if (!usage) return null;
    const parts = [say("tokens", { n: number(usage.completion_tokens) })];
    if (usage.decode_tps) parts.push(say("speed", { n: number(usage.decode_tps, usage.decode_tps < 10 ? 1 : 0) }));
    return make("span", { class: "usage" }, parts.join(" · "));
  }

  #edit() {
    const done = (text) => {
      form.remove();
      this.node.classList.remove("editing");
      if (text === null) this.node.querySelector(".edit")?.focus();
      else this.#acts.edit(this.message, text);
    };
    const [form, begin] = editor(this.message.text, done);
    this.node.classList.add("editing");
    this.node.append(form);
    begin();
  }
}
