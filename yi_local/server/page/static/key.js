// The server's key, where it wants one: from the address, else asked for.

import { byId } from "./dom.js";
import { keepHere, keptHere } from "./kept.js";
import { say } from "./words.js";

let asking = null;

export const keyNow = () => keptHere("key");

// It must not stay in the address bar, nor in the history.
export function takeKeyFromAddress() {
  const found = /(?:^#|&)key=([^&]*)/.exec(location.hash);
  if (found === null) return;
  try {
    keepHere("key", decodeURIComponent(found[1]));
  } catch {
    keepHere("key", found[1]);
  }
  history.replaceState(null, "", location.pathname + location.search);
}

// True when there is another key to try. Many requests may ask at once: there is one dialog.
export function askForKey() {
  asking ??= new Promise((resolve) => {
    const dialog = byId("key-dialog");
    const field = byId("key");
    const wrong = byId("key-wrong");
    wrong.textContent = keyNow() === null ? "" : say("key_wrong");
    field.value = "";
    dialog.returnValue = "";
    dialog.addEventListener(
      "close",
      () => {
        asking = null;
        const given = field.value.trim();
        field.value = "";
        if (dialog.returnValue !== "yes" || given === "") return resolve(false);
        keepHere("key", given);
        resolve(true);
      },
      { once: true },
    );
    dialog.showModal();
    field.focus();
  });
  return asking;
}
