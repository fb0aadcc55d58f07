// Questions to the reader that stand before the page.

import { byId } from "./dom.js";

// True where the reader agrees; Escape and a click beside it do not.
export function confirm(title, text, yes) {
  const dialog = byId("confirm");
  byId("confirm-title").textContent = title;
  byId("confirm-text").textContent = text;
  byId("confirm-yes").textContent = yes;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

// A click on what is around a dialog closes it, as people expect.
export function closeBeside(dialog) {
  let pressed = null; // a text that is marked beyond the dialog's edge ends there too
  dialog.addEventListener("pointerdown", (event) => {
    pressed = event.target;
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog && pressed === dialog) dialog.close();
  });
}
