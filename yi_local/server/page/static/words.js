// What the page says, in the reader's language; it comes from the server's catalogues.

import { kept, keep } from "./kept.js";

let words = {};
let language = "en";

export function say(key, values = {}) {
  const text = words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

export const locale = () => language.replace("_", "-");

export const number = (value, digits = 0) =>
  new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(value);

export const chosenLanguage = () => kept("language") ?? "auto";

function wanted() {
  const chosen = chosenLanguage();
  if (chosen !== "auto") return chosen;
  return (navigator.language ?? "en").toLowerCase().startsWith("zh") ? "zh_CN" : "en";
}

// Throws where the server is not there; what was said before stays.
export async function speak(choice = null) {
  if (choice !== null) keep("language", choice === "auto" ? null : choice);
  const response = await fetch(`/page/words/${wanted()}`);
  const told = await response.json();
  [words, language] = [told.words, told.language];
  document.documentElement.lang = locale();
  for (const [attribute, target] of [["data-say", null], ["data-label", "aria-label"], ["data-title", "title"], ["data-hint", "placeholder"]]) {
    for (const element of document.querySelectorAll(`[${attribute}]`)) {
      const text = say(element.getAttribute(attribute));
      if (target === null) element.textContent = text;
      else element.setAttribute(target, text);
    }
  }
}
