// Where in the workspace the person is, and as whom.

import { all, byId, get } from "./state.js";

/** Ids: the member acted as, the channel and the thread that are open. */
export const here = { member: null, channel: null, thread: null };

/** Interactions made from another place than their channel: their answers are shown there. */
export const usedFrom = new Map();

const listeners = new Set();

/** Calls back when the place or the member changes. */
export const onMove = (callback) => listeners.add(callback);

/** Goes to a channel or thread, or lets another member act. */
export function move(change) {
  Object.assign(here, change);
  if (change.member) localStorage.setItem("member", change.member);
  for (const tell of listeners) tell(change);
}

/** Whether a channel is in a forum on Telegram. */
export const onTelegram = (channel) => channel.kind === "forum" || channel.kind === "topic";

/** Whether the acting member is on Telegram. */
export const isThere = () => get("telegram")?.people.includes(here.member) ?? false;

/** Opens a channel, or a thread beside the channel it belongs to. */
export function open(id) {
  const channel = get(`channel:${id}`);
  if (!channel) return;
  if (channel.kind === "thread") move({ channel: channel.parent ?? here.channel, thread: id });
  else move({ channel: id, thread: null });
}

/** What mentions mean. */
export const names = {
  user: (id) => get("cast").users.find((u) => u.id === id)?.name,
  role: (id) => get("cast").roles.find((r) => r.id === id)?.name,
  channel: (id) => get(`channel:${id}`)?.name,
  open,
};

/** Chooses a member and a channel as long as none is chosen, and leaves what is gone. */
export function settle() {
  const { agents } = get("cast");
  if (!agents.some((a) => a.id === here.member)) {
    const last = localStorage.getItem("member");
    here.member = (agents.find((a) => a.id === last) ?? agents[0])?.id ?? null;
  }
  if (here.thread && !get(`channel:${here.thread}`)) here.thread = null;
  if (!here.channel || !get(`channel:${here.channel}`)) here.channel = channels()[0]?.id ?? null;
}

/** Text channels, oldest first. */
export const channels = () => all("channel").filter((c) => c.kind === "text");

/** Threads of a channel, the latest first. */
export const threads = (channel) => all("channel").filter((c) => c.kind === "thread" && c.parent === channel).reverse();

/** General topics of forums on Telegram, which stand for them. */
export const forums = () => all("channel").filter((c) => c.kind === "forum");

/** Topics of a forum beside General, the latest first. */
export const topics = (forum) => all("channel").filter((c) => c.kind === "topic" && c.parent === forum).reverse();

/** Everywhere the acting member may look. */
export const places = () => [...channels().flatMap((c) => [c, ...threads(c.id)]), ...directs(), ...forums().flatMap((f) => [f, ...topics(f.id)])];

/** The acting member's direct messages. */
export const directs = () => all("channel").filter((c) => c.kind === "direct" && c.recipient === here.member);

// What has been seen: per channel the last message that stood there while it was open.
const seen = new Map();

/** Takes what stands in a channel as seen. */
export function see(channel) {
  seen.set(channel, all(`message:${channel}`).at(-1)?.id ?? "0");
}

/** How many messages of others came since, and whether one of them is for the acting member. */
export function news(channel) {
  // What was there before the page opened is no news.
  if (!seen.has(channel.id)) seen.set(channel.id, started ? "0" : all(`message:${channel.id}`).at(-1)?.id ?? "0");
  const last = seen.get(channel.id);
  const fresh = all(`message:${channel.id}`).filter((m) => byId(m.id, last) > 0 && m.author !== here.member && m.kind !== 21 && m.kind !== "forum_topic_edited");
  const pinged = fresh.some((m) => m.pings.includes(here.member)) || (channel.kind === "direct" && fresh.length > 0);
  return { count: fresh.length, pinged };
}

let started = false;

/** From now on new channels are news. */
export const begin = () => (started = true);
