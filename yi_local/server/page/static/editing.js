// A question that is written anew, in its place.

import { grow, isComposing, make } from "./dom.js";
import { say } from "./words.js";

// `done` gets the new text, null where it is to stay as it was.
export function editor(text, done) {
  const area = make("textarea", { "aria-label": say("edit_label"), rows: "1" });
  area.value = text;
  const form = make(
    "form",
    { class: "editor" },
    area,
    make(
      "div",
      { class: "buttons" },
      make("button", { type: "button", class: "plain", on: { click: () => done(null) } }, say("cancel")),
      make("button", { type: "submit", class: "main" }, say("ask_again")),
    ),
  );
  area.addEventListener("input", () => grow(area));
  area.addEventListener("keydown", (event) => {
    if (isComposing(event)) return;
    if (event.key === "Escape") {
      event.stopPropagation(); // it stops nothing else
      done(null);
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (area.value.trim() !== "") done(area.value);
  });
  const begin = () => {
    grow(area);
    area.focus();
    area.setSelectionRange(text.length, text.length);
  };
  return [form, begin];
}
