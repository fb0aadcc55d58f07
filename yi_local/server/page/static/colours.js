// Code in a few colours: what nearly all languages have in common, and no more.

import { make } from "./dom.js";

const KEYWORDS = new Set(
  ("abstract and as assert async await begin break case catch class const continue def default del delete do done echo " +
    "elif else elseif end enum esac except export extends fi final finally fn for foreach from func function global go " +
    "goto if impl implements import in include instanceof interface is lambda let local loop match mod module mut " +
    "namespace new nil not null None of or package pass private protected pub public raise return self static struct " +
    "super switch template then this throw trait true false True False try type typedef typeof union unless unsafe " +
    "until use using var virtual void when where while with yield int float double char bool boolean string str " +
    "select insert update create table join group order by having limit values set into primary key").split(" "),
);
const HASH = new Set("python py bash sh shell zsh fish ruby rb yaml yml toml r perl make makefile dockerfile elixir".split(" "));
const DASHES = new Set("sql lua haskell hs elm".split(" "));
const PLAIN = new Set(["", "text", "txt", "plain", "plaintext", "markdown", "md", "diff", "output", "console", "log"]);
const LONGEST = 60_000; // characters; to colour more would hold up the page

const STRING = /"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`?/.source;
const NUMBER = /\b(?:0[xXbBoO][\da-fA-F_]+|\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?)\b/.source;
const WORD = /[A-Za-z_$][\w$]*/.source;

function patternFor(language) {
  const comment = HASH.has(language) ? "#[^\\n]*" : DASHES.has(language) ? "--[^\\n]*" : "//[^\\n]*|/\\*[\\s\\S]*?(?:\\*/|$)";
  return new RegExp(`(?<comment>${comment})|(?<string>${STRING})|(?<number>${NUMBER})|(?<word>${WORD})`, "g");
}

// Nodes that together have exactly this text.
export function coloured(text, named) {
  const language = (typeof named === "string" ? named : "").toLowerCase();
  if (PLAIN.has(language) || text.length > LONGEST) return [text];
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(patternFor(language))) {
    const kind = kindOf(match, text, language);
    if (kind === null) continue;
    if (match.index > at) nodes.push(text.slice(at, match.index));
    nodes.push(make("span", { class: `in-${kind}` }, match[0]));
    at = match.index + match[0].length;
  }
  if (at < text.length) nodes.push(text.slice(at));
  return nodes;
}

function kindOf(match, text, language) {
  const { comment, string, number } = match.groups;
  if (comment !== undefined) return "comment";
  if (string !== undefined) return "string";
  if (number !== undefined) return "number";
  const word = language === "sql" ? match[0].toLowerCase() : match[0];
  if (KEYWORDS.has(word)) return "keyword";
  return text[match.index + match[0].length] === "(" ? "call" : null;
}
