// The list of channels and of the threads in them. Several teams with their threads are more than fits, so a channel shows its
// threads once it was opened, the latest of them; what is folded away leaves its number of new messages on the channel.

import { h, icon, keyed } from "./dom.js";
import { channels, directs, here, news, open, threads } from "./place.js";
import { get } from "./state.js";

/** How many threads of a channel are listed; those with something new come on top of it. */
const LISTED = 12;

/** Channels whose threads are listed, by id; the one that is open is among them unless it was folded. */
const unfolded = new Map();
/** Channels all of whose threads are listed. */
const whole = new Set();

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

function place(channel, sign, fresh, fold) {
  const current = channel.id === here.thread || (channel.id === here.channel && !here.thread);
  const within = channel.id === here.channel;
  const mark = [channel.name, fresh.count, fresh.pinged, current, within, fold?.isOpen, fold?.count].join("|");
  return { key: channel.id, mark, fresh, draw: () => row(channel, sign, fresh, fold, current, within) };
}

function row(channel, sign, fresh, fold, current, within) {
  const nested = sign === "thread";
  const link = h(`button.place-link${nested ? ".nested" : ""}${fold ? ".folds" : ""}`, {
    test: nested ? "thread-item" : "channel",
    data: { channel: channel.id, name: channel.name },
    "aria-current": current ? "page" : undefined,
    "aria-label": `${channel.name}${fresh.count ? `, ${fresh.count} new` : ""}`,
    onclick: () => open(channel.id),
  }, icon(sign), h("span.label", { title: channel.name }, channel.name), fresh.count > 0 && h(fresh.pinged ? "span.count.pinged" : "span.count", {}, fresh.count > 99 ? "99+" : fresh.count));
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
