// One message of the workspace, and the list of them.

import { components, embed, files } from "./embeds.js";
import { h, icon, keyed } from "./dom.js";
import { discord, gist } from "./markdown.js";
import { act, all, byId, get } from "./state.js";
import { hour, moment } from "./time.js";
import { avatar, emojiMenu, menu, tried } from "./ui.js";
import { here, names, onTelegram, open, usedFrom } from "./place.js";

const GROUPED_MS = 7 * 60_000;
const SYSTEM = {
  1: (m) => `${m.author_name} added somebody to the thread.`,
  4: (m) => `${m.author_name} renamed the thread to ${m.content}.`,
  6: (m) => `${m.author_name} pinned a message.`,
  18: (m) => `${m.author_name} started the thread ${m.content}.`,
  forum_topic_created: (m) => `${m.author_name} created the topic.`,
  forum_topic_edited: (m) => `${m.author_name} changed the topic.`,
  forum_topic_closed: (m) => `${m.author_name} closed the topic.`,
  forum_topic_reopened: (m) => `${m.author_name} reopened the topic.`,
  pinned_message: (m) => `${m.author_name} pinned a message.`,
  new_chat_members: (m) => `${m.author_name} joined the group.`,
  left_chat_member: () => "Somebody left the group.",
};

// Numbers for objects, to say "nothing this node shows has changed" in one string.
const marks = new WeakMap();
let count = 0;
function mark(...parts) {
  const number = (part) => {
    if (part === null || typeof part !== "object") return part;
    if (!marks.has(part)) marks.set(part, ++count);
    return `#${marks.get(part)}`;
  };
  return parts.map(number).join("|");
}

/** Ephemeral answers of the member who acts, where they belong: the place they were asked for from. */
function ephemerals(channel) {
  const theirs = all("answer").filter((a) => a.member === here.member && (usedFrom.get(a.id) ?? a.channel) === channel);
  return theirs.flatMap((a) => a.messages.map((m) => ({ ...m, answer: a, source: m })));
}

/** Draws the messages of a channel into `list`; `write(reply | edit)` hands one to the composer. */
export function drawMessages(list, channel, write) {
  const cast = get("cast");
  const own = all(`message:${channel.id}`).filter((m) => m.kind !== 21);
  const starter = channel.kind === "thread" && get(`message:${channel.parent}:${channel.id}`);
  const messages = [...own, ...ephemerals(channel.id)].sort((a, b) => byId(a.id, b.id));
  let before = null;
  const entries = messages.map((message) => {
    const follows = before && !before.answer && !message.answer && !before.embeds.length && !before.components.length && before.author === message.author &&
      !message.reply_to && message.sent_ms - before.sent_ms < GROUPED_MS && !SYSTEM[before.kind] && message.kind !== 20;
    before = message;
    const reply = message.reply_to && get(`message:${message.channel}:${message.reply_to}`);
    const thread = channel.kind !== "thread" && get(`channel:${message.id}`);
    const isOpen = Boolean(thread) && here.thread === thread.id;
    const entry = { key: message.id, message, follows, reply, thread, isOpen, channel, write };
    return { ...entry, mark: mark(message.source ?? message, message.answer?.id, follows, reply, thread, isOpen, cast, here.member) };
  });
  if (starter) entries.unshift({ key: "origin", mark: mark(starter), origin: starter });
  keyed(list, entries, (entry) => (entry.origin ? origin(entry.origin) : draw(entry)));
  const last = list.lastElementChild;
  for (const node of list.children) node.tabIndex = node === last ? 0 : -1;
  return messages;
}

function draw({ message, follows, reply, thread, isOpen, channel, write }) {
  const system = SYSTEM[message.kind];
  if (system) {
    return h("li.system", { test: "message", data: { id: message.id } }, h("span", {}, system(message)), " ", h("time", {}, hour(message.sent_ms)));
  }
  const bot = message.author === get("cast").bot;
  const card = bot && !message.answer && (message.embeds.length > 0 || message.components.length > 0);
  const member = here.member;
  const node = h("li.message", {
    test: message.answer ? "ephemeral" : channel.kind === "thread" && message.channel === channel.id ? "thread-message" : card ? "card" : "message",
    data: { id: message.id, author: message.author },
    "aria-label": `${message.author_name}, ${hour(message.sent_ms)}`,
  });
  node.classList.toggle("follows", Boolean(follows));
  node.classList.toggle("private", Boolean(message.answer));
  node.classList.toggle("pinged", message.pings.includes(member));
  if (message.reply_to) node.append(replied(reply, message.quote));
  node.append(follows ? h("time.gutter", {}, hour(message.sent_ms)) : avatar(message.author_name, bot ? "bot" : ""));
  const body = h("div.content");
  if (!follows) {
    const role = get("cast").agents.find((a) => a.id === message.author)?.role;
    const label = bot ? "APP" : role;
    body.append(h("div.who", {}, h("b", {}, message.author_name), label && h(bot ? "span.tag.app" : "span.tag", {}, label), h("time", { title: moment(message.sent_ms) }, hour(message.sent_ms)), message.pinned && h("span.tag", {}, "Pinned")));
  }
  if (message.loading) body.append(h("div.thinking", {}, h("i"), h("i"), h("i"), `${message.author_name} is thinking…`));
  if (message.content) body.append(text(message));
  body.append(...message.embeds.map((value) => embed(value, message, names)));
  const attached = files(message);
  if (attached) body.append(attached);
  body.append(...components(message, member, (id) => usedFrom.set(id, channel.id)));
  if (message.reactions.length) body.append(reactions(message, member));
  if (thread) body.append(threadLink(thread, isOpen));
  if (message.answer) body.append(onlyYou(message));
  node.append(body);
  if (!message.answer) withActions(node, message, channel, write);
  return node;
}

function text(message) {
  const node = h("div.text", { dir: "auto" }, discord(message.content, names));
  // After the last words, not under them.
  const last = node.lastElementChild?.matches(".line") ? node.lastElementChild : node;
  if (message.edited) last.append(h("small.edited", {}, " (edited)"));
  return node;
}

/** Where a thread was started. */
function origin(message) {
  const text = h("span", {}, `Started on “${gist(message)}” in #${names.channel(message.channel)}`);
  return h("li.origin", {}, h("button", { onclick: () => open(message.channel) }, icon("thread"), text));
}

function replied(reply, quote) {
  const text = reply ? quote ?? gist(reply) : "The message was deleted";
  return h("div.replied", {}, icon("reply"), reply && h("b", {}, reply.author_name), h("span", {}, text));
}

function reactions(message, member) {
  const chip = ({ emoji, users }) => {
    const mine = users.includes(member);
    const who = users.map((id) => names.user(id) ?? "Somebody").join(", ");
    const toggle = () => tried(() => act("reacts", { member, channel: message.channel, message: message.id, emoji, add: !mine }));
    return h("button.reaction", { test: "reaction", data: { emoji }, "aria-pressed": String(mine), "aria-label": `${emoji} ${users.length}: ${who}`, title: who, onclick: toggle }, `${emoji} ${users.length}`);
  };
  return h("div.reactions", {}, message.reactions.map(chip));
}

function threadLink(thread, isOpen) {
  const label = thread.archived ? "Archived" : `${thread.count} ${thread.count === 1 ? "message" : "messages"}`;
  return h("button.thread-link", {
    test: "open-thread",
    data: { channel: thread.id },
    "aria-expanded": String(isOpen),
    onclick: () => names.open(thread.id),
  }, icon("thread"), h("b", {}, thread.name), h("span", {}, `${label} ›`));
}

function onlyYou(message) {
  const dismiss = () => tried(() => act("dismisses", { message: message.id }));
  return h("div.only-you", {}, "👁 Only you can see this · ", h("button.quiet.link", { test: "ephemeral-dismiss", onclick: dismiss }, "Dismiss message"));
}

/** The bar of actions, made when the pointer or the focus comes. */
function withActions(node, message, channel, write) {
  const show = () => {
    if (!node.querySelector(":scope > .actions")) node.append(actions(node, message, channel, write));
  };
  node.addEventListener("pointerenter", show);
  node.addEventListener("focusin", show);
  node.addEventListener("keydown", (event) => {
    if (event.target !== node) return;
    const to = { ArrowUp: node.previousElementSibling, ArrowDown: node.nextElementSibling }[event.key];
    if (!to) return;
    event.preventDefault();
    node.tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
  });
}

function actions(node, message, channel, write) {
  const { member } = here;
  const place = { member, channel: message.channel, message: message.id };
  const mine = message.author === member;
  const away = onTelegram(channel);
  const tool = (test, label, sign, run) => h("button.tool", { test, "aria-label": label, title: label, onclick: run }, icon(sign));
  const react = tool("message-react", "React", "smile", () =>
    emojiMenu(react, (emoji) => tried(() => act("reacts", { ...place, emoji, add: true })), away));
  const here_ = message.channel === channel.id;
  // Telegram tells a bot of no deleted message, and has no commands on messages.
  const own = away ? [] : get("commands").filter((c) => c.type === 3);
  const apps = tool("message-apps", "Apps", "more", () =>
    menu(apps, own.map((c) => ({ label: c.name, run: () => tried(() => act("runs_on", { ...place, command: c.name })) })), { label: "Apps" }));
  return h("div.actions", { role: "toolbar", "aria-label": "Message" },
    react,
    here_ && tool("message-reply", "Reply", "reply", () => write({ reply: message })),
    mine && here_ && tool("message-edit", "Edit", "edit", () => write({ edit: message })),
    mine && !away && tool("message-delete", "Delete", "trash", () => tried(() => act("deletes", place))),
    own.length > 0 && apps,
  );
}
