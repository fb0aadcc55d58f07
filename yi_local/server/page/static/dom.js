// Elements are made node by node: a text stays a text, whatever it holds.

const SVG = "http://www.w3.org/2000/svg";

// Attributes by name; `on` holds listeners, `class` and the rest are set as they are. Nothing for null and false.
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// Drawn in index.html; it says nothing itself, the button around it does.
export function icon(name) {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("class", "icon");
  picture.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  picture.append(use);
  return picture;
}

export function iconButton(name, label, onClick, attributes = {}) {
  return make(
    "button",
    { type: "button", class: "quiet", "aria-label": label, title: label, on: { click: onClick }, ...attributes },
    icon(name),
  );
}

export const byId = (id) => document.getElementById(id);

// Enter that chooses a word of an input method sends nothing; Safari tells of it by the code alone.
export const isComposing = (event) => event.isComposing || event.keyCode === 229;

// As high as its text, up to what the style sheet allows.
export function grow(area) {
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + area.offsetHeight - area.clientHeight}px`;
}
