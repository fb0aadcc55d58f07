// The conversation that is open: what is asked in it, what is changed of it.

import { Answers } from "./answers.js";
import { Problem, ask } from "./api.js";
import { Transcript } from "./transcript.js";
import { say } from "./words.js";

const PAGE = 60; // messages fetched at once

export class Talk {
  chat = null; // null: a new one, which the server learns of with its first question
  wishes = {}; // what the new one is to have: model, system, sampling
  #opening = 0; // the newest wish to open one: a slower, older one has nothing to show any more
  #isCreating = false;
  #answers;
  #tell;

  // `tell` has moved() when another conversation is open, created(), changed(chat), busy() and
  // unsent(draft, text, files): what was written must not get lost.
  constructor(tell) {
    this.#tell = tell;
    this.transcript = new Transcript({
      retry: (message) => this.retry(message),
      edit: (message, text) => this.edit(message, text),
      goOn: (message) => this.#answers.begin(this.chat.id, "continue", { node_id: message.id }),
      choose: (id, name) => this.#guarded(() => this.#choose(id, name)),
      pin: (message) => this.#guarded(() => this.#pin(message)),
      older: (id) => this.#guarded(() => ask("GET", `${this.#path()}?last=${PAGE}&before=${id}`)),
    });
    this.#answers = new Answers(this.transcript, (id) => this.chat?.id === id, {
      busy: tell.busy,
      changed: (chat) => this.know(chat),
      asked: (id) => this.#asked(id),
      ended: (run) => this.#ended(run),
    });
  }

  get isBusy() {
    return this.#isCreating || (this.chat !== null && this.#answers.has(this.chat.id));
  }

  isAnswering(chatId) {
    return this.#answers.has(chatId);
  }

  // -- which conversation

  begin() {
    this.#opening += 1;
    this.chat = null;
    this.wishes = {};
    this.transcript.clear();
    this.#tell.moved();
  }

  // Throws Problem; the one that was open stays then.
  async open(id, nodeId = null) {
    const ticket = ++this.#opening;
    const told = await ask("GET", `${this.#path(id)}?last=${PAGE}`);
    if (ticket !== this.#opening) return;
    this.chat = told.chat;
    this.transcript.clear();
    this.transcript.show(told);
    this.#answers.show(id);
    this.#tell.moved();
    if (nodeId === null || (await this.transcript.reveal(nodeId))) return;
    await this.#guarded(() => this.#choose(nodeId, null));
    await this.transcript.reveal(nodeId);
  }

  // What others have written meanwhile: the terminal app, another window.
  async refresh() {
    if (this.chat === null || this.isBusy) return;
    const id = this.chat.id;
    const told = await ask("GET", `${this.#path()}?last=${Math.max(PAGE, this.transcript.size)}`);
    if (this.chat?.id !== id || this.isBusy) return;
    this.transcript.update(told);
    this.know(told.chat);
  }

  // -- asking

  async send(text, files) {
    if (this.isBusy) return this.#tell.unsent(this.#draft(), text, files);
    const draft = this.#draft();
    const parentId = this.transcript.last?.id ?? null;
    this.transcript.trouble(null);
    const attachments = files.map((file) => ({ name: file.name, chars: file.text.length }));
    this.transcript.putUnsent(text, attachments, parentId);
    this.transcript.wait(say("waiting"));
    const chat = await this.#guarded(() => this.chat ?? this.#create());
    if (chat === null) {
      this.transcript.cutAt(null);
      this.transcript.wait(null);
    }
    const body = files.length > 0 ? { text, attachments: files } : { text };
    if (chat === null || !(await this.#answers.begin(chat.id, "send", body))) this.#tell.unsent(chat?.id ?? draft, text, files);
  }

  async edit(message, text) {
    const id = this.chat.id;
    this.transcript.cutAt(message.id);
    this.transcript.putUnsent(text, message.attachments, message.parent_id);
    if (!(await this.#answers.begin(id, "edit", { node_id: message.id, text }))) this.#tell.unsent(id, text, []);
  }

  retry(message) {
    if (message.role === "assistant") this.transcript.cutAt(message.id);
    return this.#answers.begin(this.chat.id, "retry", { node_id: message.id });
  }

  stop() {
    if (this.chat !== null) this.#answers.stop(this.chat.id);
  }

  // -- changing

  // Of the conversation, else of the one that is to be.
  async change(fields) {
    if (this.chat === null) Object.assign(this.wishes, fields);
    else await this.#guarded(async () => this.know(await ask("PATCH", this.#path(), fields)));
  }

  // What a conversation is like now, whoever has changed it.
  know(chat) {
    if (this.chat?.id === chat.id) this.chat = chat;
    this.#tell.changed(chat);
  }

  async #create() {
    const ticket = this.#opening;
    this.#isCreating = true;
    this.#tell.busy();
    try {
      const chat = await ask("POST", "/page/chats", this.wishes);
      if (ticket === this.#opening) {
        this.chat = chat;
        this.wishes = {};
        this.#tell.created();
      }
      return chat;
    } finally {
      this.#isCreating = false;
      this.#tell.busy();
    }
  }

  async #choose(id, name) {
    const told = await ask("POST", `${this.#path()}/choose`, { node_id: id });
    if (told.chat.id !== this.chat?.id) return;
    this.transcript.update(told, id);
    if (name !== null) this.transcript.focusVersion(id, name);
  }

  async #pin(message) {
    const changed = await ask("POST", `${this.#path()}/pin`, { node_id: message.id, pinned: !message.pinned });
    this.transcript.put(changed);
    this.transcript.focus(changed.id, "pin");
  }

  #draft() {
    return this.chat?.id ?? "new";
  }

  #path(id = this.chat.id) {
    return `/page/chats/${id}`;
  }

  // The first question has given the conversation its title.
  async #asked(id) {
    await this.#guarded(async () => this.know((await ask("GET", `${this.#path(id)}?last=1`)).chat));
  }

  async #ended(run) {
    if (this.chat?.id !== run.chatId) return;
    const isLost = run.problem?.code === "lost";
    if (isLost) this.transcript.cutAt(null);
    else if (run.problem !== null || run.message === null) await this.#guarded(() => this.refresh());
    if (run.problem === null) return;
    const last = this.transcript.last;
    const retry = last?.role === "user" ? () => this.retry(last) : null;
    this.transcript.trouble(run.problem, isLost ? () => this.#again() : retry);
  }

  async #again() {
    this.transcript.trouble(null);
    await this.#guarded(() => this.refresh());
  }

  // Null where it went wrong, which is shown.
  async #guarded(work) {
    try {
      return await work();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      this.transcript.trouble(problem, problem.code === "lost" && this.chat !== null ? () => this.#again() : null);
      return null;
    }
  }
}
