// Discord's and WhatsApp's markup as nodes. Nothing here ever becomes HTML by itself: every piece of text ends in a
// text node, and only http and https addresses become links.

import { h, put } from "./dom.js";
import { isDate, stamp } from "./time.js";

/** Who and where mentions mean: `{ user(id), role(id), channel(id) }`, each a name or undefined. */
export function discord(text, names) {
  const out = document.createDocumentFragment();
  const fence = /```(?:[a-zA-Z0-9+-]*\n)?([\s\S]+?)```/g;
  let from = 0;
  for (const found of text.matchAll(fence)) {
    blocks(out, text.slice(from, found.index), names);
    out.append(h("pre", {}, h("code", {}, found[1].replace(/\n$/, ""))));
    from = found.index + found[0].length;
  }
  blocks(out, text.slice(from), names);
  return out;
}

/** Lines: quotes, headings, lists, small print. */
function blocks(out, text, names) {
  const lines = text.replace(/^\n|\n$/g, "").split("\n");
  if (lines.length === 1 && lines[0] === "") return;
  let quote = null;
  for (let i = 0; i < lines.length; i++) {
    if (lines[i].startsWith(">>> ")) {
      const rest = [lines[i].slice(4), ...lines.slice(i + 1)].join("\n");
      const inner = h("blockquote");
      blocks(inner, rest, names);
      out.append(inner);
      return;
    }
    if (lines[i].startsWith("> ") || lines[i] === ">") {
      quote ??= out.appendChild(h("blockquote"));
      line(quote, lines[i].slice(2), names);
      continue;
    }
    quote = null;
    line(out, lines[i], names);
  }
}

function line(out, text, names) {
  const shapes = [
    [/^-# (.+)$/, "div.small-print"],
    [/^# (.+)$/, "div.heading.one"],
    [/^## (.+)$/, "div.heading.two"],
    [/^### (.+)$/, "div.heading.three"],
    [/^\s*[-*] (.+)$/, "div.bullet"],
  ];
  for (const [shape, spec] of shapes) {
    const found = shape.exec(text);
    if (found) {
      out.append(h(spec, {}, inline(found[1], names)));
      return;
    }
  }
  out.append(h("div.line", {}, text === "" ? h("br") : inline(text, names)));
}

// In the order in which they are tried at one place.
const INLINE = [
  [/\\([!-/:-@[-`{-~])/y, (m) => m[1]],
  [/``(.+?)``/ys, (m) => h("code", {}, m[1])],
  [/`([^`\n]+)`/y, (m) => h("code", {}, m[1])],
  [/<t:(-?\d{1,13})(?::([tTdDfFR]))?>/y, (m) => isDate(m[1] * 1000) && stamp(Number(m[1]), m[2])],
  [/<@!?(\d{5,20})>/y, (m, names) => mention("@", names.user(m[1]) ?? "unknown-user")],
  [/<@&(\d{5,20})>/y, (m, names) => mention("@", names.role(m[1]) ?? "unknown-role")],
  [/<#(\d{5,20})>/y, (m, names) => channel(m[1], names)],
  [/<\/([\w -]+):\d{5,20}>/y, (m) => mention("/", m[1])],
  [/<a?:(\w+):\d{5,20}>/y, (m) => `:${m[1]}:`],
  [/<(https?:\/\/[^\s>]+)>/y, (m) => link(m[1], m[1])],
  [/\[((?:\\.|[^\]\\\n])+)\]\(<?(https?:\/\/[^\s)>]+)>?(?: "[^"\n]*")?\)/y, (m, names) => inside(m[2], names, m[1]) ?? link(m[2], inline(m[1], names))],
  [/https?:\/\/[^\s<]*[^\s<.,:;"'\])!?*_~|]/y, (m, names) => inside(m[0], names) ?? link(m[0], m[0])],
  [/\*\*\*(?=\S)(.+?)\*\*\*/ys, (m, names) => h("b", {}, h("i", {}, inline(m[1], names)))],
  [/\*\*(?=\S)(.+?)\*\*(?!\*)/ys, (m, names) => h("b", {}, inline(m[1], names))],
  [/__(?=\S)(.+?)__(?!_)/ys, (m, names) => h("u", {}, inline(m[1], names))],
  [/~~(?=\S)(.+?)~~/ys, (m, names) => h("s", {}, inline(m[1], names))],
  [/\|\|(.+?)\|\|/ys, (m, names) => spoiler(inline(m[1], names))],
  [/\*(?=[^\s*])(.+?)(?<=[^\s*])\*(?!\*)/ys, (m, names) => h("i", {}, inline(m[1], names))],
  [/_(?=[^\s_])(.+?)(?<=[^\s_])_(?!\w)/ys, (m, names) => h("i", {}, inline(m[1], names)), true],
  [/@(everyone|here)\b/y, (m) => mention("@", m[1])],
];

/** Text inside a line. */
export function inline(text, names) {
  return walk(text, INLINE, names);
}

function walk(text, rules, names) {
  const out = document.createDocumentFragment();
  let plain = "";
  let at = 0;
  while (at < text.length) {
    const node = step(text, at, rules, names);
    if (!node) {
      plain += text[at++];
      continue;
    }
    if (plain) out.append(plain);
    plain = "";
    out.append(node.made);
    at = node.end;
  }
  if (plain) out.append(plain);
  return out;
}

function step(text, at, rules, names) {
  for (const [shape, make, atWordStart] of rules) {
    if (atWordStart && at > 0 && /\w/.test(text[at - 1])) continue;
    shape.lastIndex = at;
    const found = shape.exec(text);
    const end = shape.lastIndex;
    const made = found && make(found, names);
    if (made) return { made, end };
  }
  return null;
}

const mention = (mark, name) => h("span.mention", {}, mark + name);

function channel(id, names, label) {
  const name = names.channel(id);
  if (!name) return mention("#", "unknown");
  // Threads are named after their conversation's number already.
  const called = name.startsWith("#") ? name : `#${name}`;
  return h("button.mention", { onclick: () => names.open(id) }, label ? inline(label, names) : called);
}

const link = (url, label) => h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label);

/** A link to a message or topic of this team goes there without leaving the page. */
function inside(url, names, label) {
  const thread = /^https:\/\/discord\.com\/channels\/\d+\/(\d+)/.exec(url);
  const topic = /^https:\/\/t\.me\/c\/(\d+)\/(\d+)/.exec(url);
  const id = thread?.[1] ?? (topic && `tg-100${topic[1]}.${topic[2]}`);
  return id && names.channel(id) ? channel(id, names, label) : null;
}

function spoiler(content) {
  const node = h("span.spoiler", { role: "button", tabindex: "0", "aria-label": "Show the spoiler" }, content);
  const show = () => {
    node.classList.add("shown");
    node.removeAttribute("aria-label");
  };
  node.addEventListener("click", show);
  node.addEventListener("keydown", (event) => event.key === "Enter" && show());
  return node;
}

/** The first words of a message, for previews. */
export const plain = (text) => text.replace(/(?<!\\)(?:```|[*_~`|]{1,3}|^(?:-# |> ))/gm, "").replace(/\\(?=[!-/:-@[-`{-~])/g, "").replace(/\s+/g, " ").trim();

/** One line that stands for a message of the workspace. */
export function gist(message) {
  const [card] = message.embeds;
  return plain(message.content || card?.title || card?.description || "") || message.attachments[0]?.filename || "Message";
}

const WHATSAPP = [
  [/```([\s\S]+?)```/y, (m) => h("code", {}, m[1])],
  [/`([^`\n]+)`/y, (m) => h("code", {}, m[1])],
  [/https?:\/\/[^\s<]*[^\s<.,:;"'\])!?*_~]/y, (m) => link(m[0], m[0])],
  [/\*(?=\S)([^*\n]*[^*\s])\*(?!\w)/y, (m) => h("b", {}, whatsappInline(m[1])), true],
  [/_(?=\S)([^_\n]*[^_\s])_(?!\w)/y, (m) => h("i", {}, whatsappInline(m[1])), true],
  [/~(?=\S)([^~\n]*[^~\s])~(?!\w)/y, (m) => h("s", {}, whatsappInline(m[1])), true],
];

const whatsappInline = (text) => walk(text, WHATSAPP, null);

/** WhatsApp's markup. */
export function whatsapp(text) {
  const out = document.createDocumentFragment();
  let lines = [];
  const flush = () => {
    if (lines.length) out.append(h("div.line", {}, whatsappInline(lines.join("\n"))));
    lines = [];
  };
  for (const row of text.split("\n")) {
    const shaped = /^(> |[-*] )(.+)$/.exec(row);
    if (!shaped) {
      lines.push(row);
      continue;
    }
    flush();
    put(out, h(shaped[1] === "> " ? "blockquote" : "div.bullet", {}, whatsappInline(shaped[2])));
  }
  flush();
  return out;
}
