// Puts the page together.

import { h, icon, put } from "./dom.js";
import { guide } from "./guide.js";
import { customers, unread } from "./phones.js";
import { news, places } from "./place.js";
import { act, all, connect, get, watch } from "./state.js";
import { drawer, theme, toast, tried } from "./ui.js";
import { workspace } from "./workspace.js";

const SPEEDS = [1, 10, 60, 600];

const at = (id) => document.getElementById(id);

customers(at("customers"));
workspace(at("team"));
guide(at("guide"));
tabs();
tools(at("tools"));

let online = true;
await connect((stands) => {
  if (!stands && online) toast("The connection to the demo is gone; trying again.");
  online = stands;
  document.body.classList.toggle("lost", !stands);
});

let begun = false;
watch(() => {
  if (begun) return;
  begun = true;
  start();
});
if (get("cast")) {
  begun = true;
  start();
}

function start() {
  workspace.ready();
  customers.draw();
  document.title = `${get("cast").title} · Baton demo`;
  document.body.classList.add("ready");
}

/** Two sides, of which a narrow window shows one. */
function tabs() {
  const sides = [
    ["customers", "Customers", "phone"],
    ["team", "Team", "team"],
  ];
  const buttons = sides.map(([side, label, sign]) =>
    h("button.tab", { role: "tab", test: `tab-${side}`, id: `tab-${side}`, "aria-controls": side, onclick: () => show(side) }, icon(sign), label),
  );
  const show = (side) => {
    at("sides").dataset.shown = side;
    sides.forEach(([name], i) => {
      buttons[i].setAttribute("aria-selected", String(name === side));
      buttons[i].tabIndex = name === side ? 0 : -1;
    });
  };
  at("tabs").addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const other = at("sides").dataset.shown === "team" ? 0 : 1;
    show(sides[other][0]);
    buttons[other].focus();
  });
  put(at("tabs"), buttons);
  // What waits on the side that is not shown.
  watch(() => {
    const waiting = [all("phone").reduce((sum, p) => sum + unread(p.id), 0), places().reduce((sum, c) => sum + news(c).count, 0)];
    waiting.forEach((count, i) => (count ? (buttons[i].dataset.news = count) : delete buttons[i].dataset.news));
  });
  show(new URLSearchParams(location.search).get("side") === "team" ? "team" : "customers");
}

function tools(root) {
  const openFacts = drawer("Addresses & tokens", "facts", () => {
    const fact = ([label, value]) => {
      const copy = h("button.quiet", { "aria-label": `Copy ${label}`, title: "Copy", onclick: () => tried(() => copied(label, value)) }, icon("copy"));
      return h("div.fact", {}, h("dt", {}, label), h("dd", {}, h("code", {}, value), copy));
    };
    return [h("p.muted", {}, "Everything runs on this machine. The tokens open nothing but these stand-ins."), h("dl", {}, get("cast").facts.map(fact))];
  });
  const dials = h("div.dials", { hidden: true });
  const facts = h("button.tool", { test: "facts-open", "aria-label": "Addresses & tokens", title: "Addresses & tokens", onclick: openFacts }, icon("key"));
  put(root, dials, facts, theme());
  watch((names) => {
    if (!names.has("dials")) return;
    const value = get("dials");
    dials.hidden = !value;
    if (value) dials.replaceChildren(...dialControls(value));
  });
}

async function copied(label, value) {
  await navigator.clipboard.writeText(value).catch(() => {
    throw new Error("The browser does not let the page copy; select the text instead.");
  });
  toast(`${label} copied.`, "note");
}

function dialControls({ traffic, speed }) {
  const flip = h("button.switch", { role: "switch", test: "traffic", "aria-checked": String(traffic), title: "A day of simulated customers and agents", onclick: () => tried(() => act("traffic", { on: !traffic })) }, h("i"), "Traffic");
  const speeds = SPEEDS.includes(speed) ? SPEEDS : [speed, ...SPEEDS];
  const clock = h("select.select", { test: "speed", "aria-label": "Speed of the clock", title: "Speed of the clock" }, speeds.map((n) => h("option", { value: String(n), selected: n === speed }, `${n}×`)));
  clock.addEventListener("change", () => tried(() => act("speed", { times: Number(clock.value) })));
  return [flip, clock];
}
