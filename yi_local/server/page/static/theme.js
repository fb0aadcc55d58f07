// Light, dark, or as the system is; early.js paints.

import { kept, keep } from "./kept.js";

export const chosenTheme = () => kept("theme") ?? "auto";

export function chooseTheme(choice) {
  keep("theme", choice === "auto" ? null : choice);
  dispatchEvent(new Event("yi-theme"));
}
