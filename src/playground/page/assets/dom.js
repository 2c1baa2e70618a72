// Elements without a framework. Data reaches the page as text nodes and properties only, never as markup.

/** h("button.primary", { "aria-label": "Send", onclick }, ...children) */
export function h(spec, props, ...children) {
  const [tag, ...classes] = spec.split(".");
  const node = document.createElement(tag || "div");
  if (classes.length) node.className = classes.join(" ");
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "test") node.dataset.testid = value;
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name in node && !name.includes("-") && typeof value !== "string") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  put(node, ...children);
  return node;
}

/** Appends strings and nodes; null and false are left out. */
export function put(node, ...children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    node.append(child);
  }
  return node;
}

const SVG = "http://www.w3.org/2000/svg";
const PATHS = {
  send: "M4 12 20 4l-4 16-4-7-8-1Zm8 1 8-9",
  plane: "m3.500 11.500 17-7-3 15-6-4.500-3 3-1-5.500 8.500-5.500",
  plus: "M12 5v14M5 12h14",
  clip: "m19 11-7.5 7.5a4.5 4.5 0 0 1-6.4-6.4l8-8a3 3 0 0 1 4.3 4.3l-8 8a1.5 1.5 0 0 1-2.2-2.1L14 7.5",
  hash: "M10 4 8 20M16 4l-2 16M5 9h15M4 15h15",
  thread: "M5 5h14v10h-7l-4 4v-4H5V5Zm4 4h6M9 11.5h4",
  back: "M14 6l-6 6 6 6",
  close: "M6 6l12 12M18 6 6 18",
  smile: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM9 10h.01M15 10h.01M8.5 14.5c1.8 2 5.200 2 7 0",
  reply: "M10 7 5 12l5 5M5 12h9a5 5 0 0 1 5 5v1",
  edit: "m5 19 1-4L16.500 4.500l3 3L9 18l-4 1Z",
  trash: "M5 7h14M10 4h4M7 7l1 13h8l1-13M10.500 11v5M13.500 11v5",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 3v2M12 19v2M3 12h2M19 12h2M5.600 5.600 7 7M17 17l1.400 1.400M5.600 18.400 7 17M17 7l1.400-1.400",
  moon: "M20 14.500A8.500 8.500 0 0 1 9.500 4a8.500 8.500 0 1 0 10.500 10.500Z",
  auto: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16Zm0-16v16M12 8h5.500M12 12h7.500M12 16h5.500",
  key: "M8 20a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm3-7 9-9M15.500 8.500l3 3",
  down: "m7 10 5 5 5-5",
  check: "m5 12.500 4.500 4.500L19 7.500",
  phone: "M8 3h8a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1Zm3 15h2",
  team: "M9 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM3.500 19c.5-3.500 2.500-5 5.500-5s5 1.500 5.500 5M15.500 5.300a3 3 0 0 1 0 5.400M17 14.300c2 .5 3.200 2 3.500 4.700",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M6 11h12v9H6v-9Z",
  at: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm4-4v1.500a2.500 2.500 0 0 0 5 0V12a9 9 0 1 0-3.500 7.100",
  file: "M7 3h7l4 4v14H7V3Zm7 0v4h4",
  pin: "M12 21s6.500-6 6.500-11a6.500 6.500 0 0 0-13 0C5.500 15 12 21 12 21Zm0-8.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5Z",
  copy: "M9 9h10v11H9V9Zm-4 6V4h10",
};

/** A line icon; decorative, the button around it carries the label. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** A small mark that tells one team chat from the other. */
export const logo = (chat) => h(`span.logo.${chat}`, { role: "img", "aria-label": chat === "telegram" ? "Telegram" : "Discord" }, icon(chat === "telegram" ? "plane" : "hash"));

/** One of WhatsApp's ticks: one, two, or two in blue. */
export function ticks(count) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 18 12");
  svg.setAttribute("class", "ticks");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", count === 2 ? "m1 6.500 3.500 3.500L11 2.500M7.600 8.800 9 10l7-7.500" : "m4 6.500 3.500 3.500L14 2.500");
  svg.append(path);
  return svg;
}

/**
 * Makes the children of `parent` one node per entry, in order. A node is kept while its entry's `mark` stays the same
 * and moved when the order changes; a replaced node hands the focus on to the same control in its successor.
 */
export function keyed(parent, entries, draw) {
  const old = (parent.drawn ??= new Map());
  const next = new Map();
  let at = parent.firstChild;
  for (const entry of entries) {
    const known = old.get(entry.key);
    let node = known?.node;
    if (!known || known.mark !== entry.mark) {
      node = draw(entry);
      if (known) {
        if (known.node === at) at = at.nextSibling;
        handOver(known.node, node);
      }
    }
    old.delete(entry.key);
    next.set(entry.key, { node, mark: entry.mark });
    if (node === at) at = at.nextSibling;
    else parent.insertBefore(node, at);
  }
  for (const { node } of old.values()) node.remove();
  parent.drawn = next;
}

function handOver(before, after) {
  const active = document.activeElement;
  const holds = before.contains(active);
  before.replaceWith(after);
  if (!holds) return;
  const { testid, customId } = active.dataset;
  const twins = [...after.querySelectorAll("[data-testid]")];
  const twin = twins.find((n) => n.dataset.testid === testid && n.dataset.customId === customId);
  (twin ?? after).focus?.({ preventScroll: true });
}
