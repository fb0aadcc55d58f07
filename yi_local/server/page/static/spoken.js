// What a screen reader is told of what only eyes would notice.

import { byId } from "./dom.js";

const LONGEST = 2000; // characters: more than that nobody wants to hear unasked

export function announce(text) {
  const region = byId("spoken");
  const shown = text.length > LONGEST ? `${text.slice(0, LONGEST)} …` : text;
  // The same text again is no change, and would not be read.
  region.textContent = region.textContent === shown ? `${shown}\u00a0` : shown;
}
