// The list of channels and of the threads in them, and below it the forums on Telegram with their topics. Several teams with their threads are more than fits, so a channel shows its
// threads once it was opened, the latest of them; what is folded away leaves its number of new messages on the channel.

import { h, icon, keyed, logo } from "./dom.js";
import { channels, directs, forums, here, news, open, threads, topics } from "./place.js";
import { get } from "./state.js";

/** How many threads of a channel are listed; those with something new come on top of it. */
const LISTED = 12;

/** Channels whose threads are listed, by id; the one that is open is among them unless it was folded. */
const unfolded = new Map();
/** Channels and forums all of whose threads or topics are listed. */
const whole = new Set();
/** Forums whose closed topics are listed. */
const closed = new Set();

let list = null;

/** Draws the list; returns `"pinged"`, `"some"` or nothing for what is new in it. */
export function drawSide(into) {
  list = into;
  const entries = [];
  if (here.channel && !unfolded.has(here.channel)) unfolded.set(here.channel, true);
  for (const channel of channels()) entries.push(...team(channel));
  const direct = directs();
  if (direct.length) entries.push({ key: "direct", mark: "direct", draw: () => h("li.side-heading", {}, "Direct messages") });
  const bot = get("cast").users.find((u) => u.bot)?.name ?? "Bot";
  for (const channel of direct) entries.push(place({ ...channel, name: bot }, "at", news(channel)));
  for (const general of forums()) entries.push(...forum(general));
  keyed(list, entries, (entry) => entry.draw());
  const fresh = entries.filter((entry) => entry.fresh?.count);
  return fresh.some((entry) => entry.fresh.pinged) ? "pinged" : fresh.length ? "some" : "";
}

/** A channel and what is listed of its threads. */
function team(channel) {
  const own = news(channel);
  const inside = threads(channel.id)
    .filter((thread) => !thread.archived || thread.id === here.thread)
    .map((thread) => ({ thread, fresh: news(thread) }));
  const isOpen = unfolded.get(channel.id) === true;
  const fresh = isOpen ? own : inside.reduce((sum, { fresh }) => ({ count: sum.count + fresh.count, pinged: sum.pinged || fresh.pinged }), own);
  const entries = [place(channel, "hash", fresh, inside.length ? { isOpen, count: inside.length } : null)];
  if (!isOpen) return entries;
  const listed = inside.filter(({ thread, fresh }, i) => whole.has(channel.id) || i < LISTED || fresh.count || thread.id === here.thread);
  for (const { thread, fresh } of listed) entries.push(place(thread, "thread", fresh));
  const rest = inside.length - listed.length;
  if (rest || whole.has(channel.id)) entries.push(more(channel, rest, inside.length));
  return entries;
}

/** A forum: General and its topics; those that are closed below them, folded. */
function forum(general) {
  const heading = () => h("li.side-heading.forum-name", { test: "forum-heading" }, logo("telegram"), h("span", { title: `${general.title} · Telegram` }, `${general.title} · Telegram`));
  const inside = topics(general.id).map((topic) => ({ topic, fresh: news(topic) }));
  const shown = ({ topic, fresh }) => topic.id === here.channel || fresh.count > 0;
  const open_ = inside.filter(({ topic }) => !topic.archived);
  const listed = open_.filter((entry, i) => whole.has(general.id) || i < LISTED || shown(entry));
  const entries = [{ key: `chat:${general.id}`, mark: general.title, draw: heading }, place(general, "hash", news(general))];
  for (const { topic, fresh } of listed) entries.push(place(topic, "topic", fresh));
  const rest = open_.length - listed.length;
  if (rest || whole.has(general.id)) entries.push(more(general, rest, open_.length));
  const done = inside.filter(({ topic }) => topic.archived);
  if (done.length) entries.push(folder(general, done.length));
  for (const entry of done) if (closed.has(general.id) || shown(entry)) entries.push(place(entry.topic, "topic", entry.fresh));
  return entries;
}

/** Lists the closed topics of a forum, or folds them. */
function folder(general, count) {
  const isOpen = closed.has(general.id);
  const turn = () => {
    if (isOpen) closed.delete(general.id);
    else closed.add(general.id);
    drawSide(list);
  };
  const draw = () => h("li", {}, h("button.place-link.more.closed", { test: "topics-closed", data: { channel: general.id }, "aria-expanded": String(isOpen), onclick: turn }, icon("down"), h("span.label", {}, `${count} closed`)));
  return { key: `closed:${general.id}`, mark: `${count}|${isOpen}`, draw };
}

function place(channel, sign, fresh, fold) {
  const current = channel.id === here.thread || (channel.id === here.channel && !here.thread);
  const within = channel.id === here.channel;
  const mark = [channel.name, channel.icon, fresh.count, fresh.pinged, current, within, fold?.isOpen, fold?.count].join("|");
  return { key: channel.id, mark, fresh, draw: () => row(channel, sign, fresh, fold, current, within) };
}

function row(channel, sign, fresh, fold, current, within) {
  const nested = sign === "thread";
  const link = h(`button.place-link${nested ? ".nested" : ""}${fold ? ".folds" : ""}`, {
    test: { thread: "thread-item", topic: "topic" }[sign] ?? (channel.kind === "forum" ? "forum" : "channel"),
    data: { channel: channel.id, name: channel.name },
    "aria-current": current ? "page" : undefined,
    "aria-label": `${channel.name}${fresh.count ? `, ${fresh.count} new` : ""}`,
    onclick: () => open(channel.id),
  }, sign === "topic" ? h("span.sign", {}, channel.icon ?? "💬") : icon(sign), h("span.label", { title: channel.name }, channel.name), fresh.count > 0 && h(fresh.pinged ? "span.count.pinged" : "span.count", {}, fresh.count > 99 ? "99+" : fresh.count));
  link.classList.toggle("within", within);
  link.classList.toggle("fresh", fresh.count > 0);
  return h(fold ? "li.team-head" : "li", {}, link, fold && foldButton(channel, fold));
}

function foldButton(channel, { isOpen, count }) {
  const label = `${isOpen ? "Fold" : "List"} the ${count} ${count === 1 ? "thread" : "threads"} of #${channel.name}`;
  const turn = () => {
    unfolded.set(channel.id, !isOpen);
    drawSide(list);
  };
  return h("button.fold", { test: "channel-fold", data: { channel: channel.id }, "aria-expanded": String(isOpen), "aria-label": label, title: label, onclick: turn }, icon("down"));
}

/** Lists the rest, or puts it away again. */
function more(channel, rest, count) {
  const label = rest ? `${rest} more` : "Fewer";
  const turn = () => {
    if (rest) whole.add(channel.id);
    else whole.delete(channel.id);
    drawSide(list);
  };
  const draw = () => h("li", {}, h("button.place-link.nested.more", { test: "thread-more", data: { channel: channel.id }, onclick: turn }, h("span.label", {}, label)));
  return { key: `more:${channel.id}`, mark: `${rest}|${count}`, draw };
}
