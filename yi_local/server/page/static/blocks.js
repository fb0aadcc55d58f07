// An answer's Markdown, which the server has made into trees: [tag, attributes, ...children] or a text.
// Only what is on these lists is ever built, whatever the trees say.

import { copyButton } from "./copying.js";
import { make } from "./dom.js";
import { coloured } from "./colours.js";
import { say } from "./words.js";

const TAGS = new Set(
  ("p h1 h2 h3 h4 h5 h6 ul ol li blockquote pre code em strong s a hr br " +
    "table thead tbody tr th td").split(" "),
);
const PROTOCOLS = new Set(["http:", "https:", "mailto:"]);
const SIDES = new Set(["left", "center", "right"]);

// An element -> what it was made of, and where its children go.
const made = new WeakMap();

// Children from number `from` on become these trees. What is the same stays the same element, so that a selection, a
// focus and a place scrolled to survive while an answer grows.
export function show(parent, from, trees) {
  trees.forEach((tree, offset) => {
    const there = parent.childNodes[from + offset];
    if (there === undefined) parent.append(build(tree));
    else if (!mend(there, tree)) there.replaceWith(build(tree));
  });
  while (parent.childNodes.length > from + trees.length) parent.lastChild.remove();
}

function mend(node, tree) {
  if (typeof tree === "string") {
    if (node.nodeType !== Node.TEXT_NODE) return false;
    if (node.data !== tree) node.data = tree;
    return true;
  }
  const known = made.get(node);
  if (known === undefined || known.kind !== kindOf(tree)) return false;
  fill(known.inside, tree);
  return true;
}

const kindOf = ([tag, attributes]) => tag + JSON.stringify(attributes ?? {});

function build(tree) {
  if (typeof tree === "string") return document.createTextNode(tree);
  const [outer, inside] = frame(tree[0], tree[1] ?? {});
  made.set(outer, { kind: kindOf(tree), inside });
  fill(inside, tree);
  return outer;
}

function fill(inside, [tag, attributes, ...children]) {
  if (tag !== "pre") return show(inside, 0, children);
  const text = textOf(children);
  if (inside.textContent !== text) inside.replaceChildren(...coloured(text, attributes?.language));
}

const textOf = (trees) =>
  trees.map((tree) => (typeof tree === "string" ? tree : textOf(tree.slice(2)))).join("");

// The element that stands in the page, and the one for its children.
function frame(tag, attributes) {
  if (!TAGS.has(tag)) return same(make("span"));
  if (tag === "a") return same(link(attributes.href));
  if (tag === "pre") return codeBlock(attributes.language);
  if (tag === "ol") return same(make("ol", { start: Number.isInteger(attributes.start) ? attributes.start : null }));
  if (tag === "th" || tag === "td") {
    return same(make(tag, { class: SIDES.has(attributes.align) ? attributes.align : null }));
  }
  if (tag === "table") {
    const table = make("table");
    return [make("div", { class: "wide", tabindex: "0" }, table), table];
  }
  return same(make(tag));
}

const same = (element) => [element, element];

function link(href) {
  let address;
  try {
    address = new URL(String(href)); // without a base: what is not absolute leads nowhere
  } catch {
    return make("span");
  }
  if (!PROTOCOLS.has(address.protocol)) return make("span");
  return make("a", { href: address.href, target: "_blank", rel: "noopener noreferrer nofollow", title: address.href });
}

function codeBlock(language) {
  const code = make("code");
  const name = typeof language === "string" ? language : "";
  const outer = make(
    "figure",
    { class: "code" },
    make("figcaption", {}, make("span", {}, name || say("code")), copyButton(say("copy_code"), () => code.textContent)),
    make("pre", { tabindex: "0", "aria-label": name || say("code") }, code),
  );
  return [outer, code];
}
