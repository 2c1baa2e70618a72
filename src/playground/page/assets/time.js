// Times as people read them; relative ones count each second.

import { now } from "./state.js";
import { h } from "./dom.js";

const clock = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit" });
const styles = {
  t: clock,
  T: new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", second: "2-digit" }),
  d: new Intl.DateTimeFormat([], { dateStyle: "short" }),
  D: new Intl.DateTimeFormat([], { dateStyle: "long" }),
  f: new Intl.DateTimeFormat([], { dateStyle: "long", timeStyle: "short" }),
  F: new Intl.DateTimeFormat([], { dateStyle: "full", timeStyle: "short" }),
};

/** Hours and minutes of unix milliseconds. */
export const hour = (ms) => clock.format(ms);

/** The day and hour, for titles. */
export const moment = (ms) => styles.f.format(ms);

/** Discord's `<t:unix:style>`. */
export function stamp(seconds, style) {
  const ms = seconds * 1000;
  const node = h("time.stamp", { datetime: iso(ms), title: styles.F.format(ms) });
  if (style === "R") {
    node.dataset.relative = ms;
    node.textContent = relative(ms);
  } else {
    node.textContent = (styles[style] ?? styles.f).format(ms);
  }
  return node;
}

const iso = (ms) => new Date(ms).toISOString();

/** Whether a number of milliseconds is a date that can be written. */
export const isDate = (ms) => Math.abs(ms) <= 8.64e15;

const UNITS = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
  [1, "s"],
];

/** "in 4 min 32 s", "2 h 5 min ago": the two largest units. */
export function relative(ms) {
  const away = Math.round((ms - now()) / 1000);
  let left = Math.abs(away);
  const parts = [];
  for (const [size, unit] of UNITS) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count || parts.length) parts.push(`${count} ${unit}`);
    if (parts.length === 2) break;
  }
  const span = parts.filter((part) => !part.startsWith("0 ")).join(" ");
  if (!span) return "now";
  return away > 0 ? `in ${span}` : `${span} ago`;
}

/** The span between now and `ms`, short: "23 h", "58 min". */
export function short(ms) {
  const left = Math.max(0, Math.floor((ms - now()) / 1000));
  const [size, unit] = UNITS.find(([size]) => left >= size) ?? [1, "s"];
  return `${Math.floor(left / size)} ${unit}`;
}

setInterval(() => {
  for (const node of document.querySelectorAll("[data-relative]")) {
    const text = relative(Number(node.dataset.relative));
    if (node.textContent !== text) node.textContent = text;
  }
}, 1000);
