// Texts to the clipboard.

import { icon, make } from "./dom.js";
import { announce } from "./spoken.js";
import { say } from "./words.js";

const SHOWN_MS = 1500;

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text); // there is no clipboard for a page that came over plain HTTP
  }
}

function copyBySelection(text) {
  const focused = document.activeElement;
  const area = make("textarea", { class: "unseen", "aria-hidden": "true", tabindex: "-1" });
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  focused?.focus();
  return done;
}

// `textOf` is asked at the moment of copying: the text may still grow.
export function copyButton(label, textOf, attributes = {}) {
  const button = make(
    "button",
    { type: "button", class: "quiet", "aria-label": label, title: label, ...attributes },
    icon("copy"),
  );
  button.addEventListener("click", async () => {
    const done = await copy(textOf());
    const told = say(done ? "copied" : "copy_failed");
    button.replaceChildren(icon(done ? "check" : "cross"));
    button.classList.toggle("done", done);
    announce(told);
    button.title = told;
    setTimeout(() => {
      button.replaceChildren(icon("copy"));
      button.classList.remove("done");
      button.title = label;
    }, SHOWN_MS);
  });
  return button;
}
