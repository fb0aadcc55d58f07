// The page, put together from its parts.

import { About } from "./about.js";
import { addressed } from "./address.js";
import { Problem } from "./api.js";
import { Chats } from "./chats.js";
import { Composer } from "./composer.js";
import { Drawer } from "./drawer.js";
import { Finding } from "./finding.js";
import { greet } from "./greeting.js";
import { keep } from "./kept.js";
import { listenToKeys } from "./keys.js";
import { Models } from "./models.js";
import { byId } from "./dom.js";
import { Side } from "./side.js";
import { showStatus } from "./status.js";
import { Talk } from "./talk.js";
import { say, speak } from "./words.js";

let arriving = null; // until the conversation that the address names is open

const side = new Side();
const finding = new Finding(failed);
const models = new Models((name) => chooseModel(name));
const about = new About(models, () => explain());
const composer = new Composer({ send, stop: () => talk.stop(), failed });
const talk = new Talk({ moved, created, changed, busy, unsent: (...args) => composer.restore(...args) });
const drawer = new Drawer({ change: (fields) => talk.change(fields), speak: speakAnew });
const chats = new Chats({ isAnswering: (id) => talk.isAnswering(id), failed, changed: (chat) => talk.know(chat), deleted });

function failed(problem, again = null) {
  if (!(problem instanceof Problem)) throw problem;
  talk.transcript.trouble(problem, again);
}

// Who is quick asks in the conversation that is still coming, not in a new one.
async function send(text, files) {
  await arriving;
  talk.send(text, files);
}

// -- what the parts tell

function moved() {
  composer.open(talk.chat?.id ?? "new");
  models.chosen = talk.chat === null ? about.startModel : talk.chat.model;
  if (talk.chat === null && models.chosen !== null) talk.wishes.model = models.chosen;
  learn();
  shown();
}

function created() {
  history.pushState(null, "", `#${talk.chat.id}`);
  composer.rename(talk.chat.id);
  shown();
}

function changed(chat) {
  chats.put(chat);
  if (chat.id === talk.chat?.id) shown();
}

function deleted(id) {
  if (id === talk.chat?.id) startAnew();
}

function busy() {
  composer.isBusy = talk.isBusy;
  byId("messages").setAttribute("aria-busy", String(talk.isBusy));
  chats.render();
  showStatus(talk, about.told);
}

function shown() {
  const title = talk.chat === null ? say("new_chat") : talk.chat.title || say("untitled");
  byId("title").textContent = title;
  document.title = talk.chat === null ? "yi" : `${title} – yi`;
  drawer.show(talk.chat ?? talk.wishes);
  chats.current = talk.chat?.id ?? null;
  busy();
}

// -- models

async function chooseModel(name) {
  keep("model", name);
  await talk.change({ model: name });
  await learn();
}

const learn = () => about.learn().catch(failed);

function explain() {
  drawer.know(about.told);
  drawer.show(talk.chat ?? talk.wishes);
  greet(about.told, models.chosen, (idea) => composer.suggest(idea));
  showStatus(talk, about.told);
}

// -- where in the page

function startAnew() {
  if (location.hash !== "") history.pushState(null, "", location.pathname);
  talk.begin();
  composer.focus();
}

async function go() {
  const [chat, node] = addressed();
  if (chat === null) return talk.begin();
  try {
    await talk.open(chat, node);
  } catch (problem) {
    const mayCome = problem.code === "lost";
    if (talk.chat === null && !mayCome) {
      composer.handOver("new");
      talk.begin();
    }
    failed(problem, mayCome ? go : null);
  }
}

async function refresh() {
  if (document.hidden || about.told === null) return;
  try {
    await chats.refresh();
    await talk.refresh();
  } catch (problem) {
    failed(problem, () => {
      talk.transcript.trouble(null);
      refresh();
    });
  }
}

async function speakAnew(language = null) {
  try {
    await speak(language);
  } catch {
    return; // the server is away: what is said stays as it was
  }
  models.speakAnew();
  composer.speakAnew();
  talk.transcript.speakAnew();
  if (about.told !== null) explain();
  shown();
}

// -- the beginning

function listen() {
  for (const button of document.querySelectorAll(".new-chat")) {
    button.addEventListener("click", () => {
      side.close();
      startAnew();
    });
  }
  byId("skip").addEventListener("click", (event) => {
    event.preventDefault(); // the address names a conversation, nothing else
    composer.focus();
  });
  addEventListener("hashchange", () => {
    arriving = go();
  });
  addEventListener("focus", refresh);
  addEventListener("online", refresh);
  document.addEventListener("visibilitychange", refresh);
  listenToKeys({
    stop: () => talk.isBusy && talk.stop(),
    search: () => {
      side.open();
      finding.focus();
    },
  });
}

async function begin() {
  try {
    await about.learn();
    talk.transcript.trouble(null);
    await chats.refresh();
    await go();
  } catch (problem) {
    failed(problem, begin);
  }
}

// Not where somebody is elsewhere already, nor on a phone: it would bring up its keyboard.
function focus() {
  if (document.activeElement === document.body && matchMedia("(hover: hover)").matches) composer.focus();
}

composer.open(addressed()[0] ?? "new");
await speakAnew();
document.documentElement.classList.add("ready");
focus(); // what is typed while the conversations come is not lost
listen();
arriving = begin();
await arriving;
focus();
