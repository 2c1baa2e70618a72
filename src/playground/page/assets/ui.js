// Small parts both sides use: toasts, menus, avatars, files, the theme.

import { h, icon, put } from "./dom.js";

/** Says a sentence for a few seconds. */
export function toast(sentence, kind = "error") {
  const close = h("button.quiet", { "aria-label": "Dismiss", onclick: () => node.remove() }, icon("close"));
  const node = h("div.toast", { test: "toast", data: { kind } }, h("span", {}, sentence), close);
  document.getElementById("toasts").append(node);
  setTimeout(() => node.remove(), 7000);
}

/** Runs something and says what went wrong; resolves to whether it went well. */
export async function tried(work) {
  try {
    await work();
    return true;
  } catch (error) {
    toast(error.message);
    return false;
  }
}

const HUES = 5381;

/** A circle with initials, its colour from the name. */
export function avatar(name, size = "") {
  const words = name.replace(/[^\p{L}\p{N} ]/gu, "").trim().split(/\s+/);
  const letters = words.length > 1 ? words[0][0] + words.at(-1)[0] : [...(words[0] || "?")].slice(0, 1).join("");
  const hue = [...name].reduce((sum, c) => (Math.imul(sum, 33) ^ c.codePointAt(0)) >>> 0, HUES) % 8;
  return h(`span.avatar.hue${hue}${size && `.${size}`}`, { "aria-hidden": "true" }, letters.toUpperCase());
}

/**
 * Opens a menu beside a button. Entries are `{ label, icon?, test?, data?, run, checked? }`; the arrow keys move,
 * Escape closes and gives the focus back.
 */
export function menu(anchor, entries, { label = "Menu", grid = false } = {}) {
  document.querySelector(".menu")?.shut();
  const items = entries.map((entry) =>
    h(
      "button.item",
      {
        role: entry.checked === undefined ? "menuitem" : "menuitemradio",
        "aria-checked": entry.checked === undefined ? undefined : String(entry.checked),
        "aria-label": grid ? entry.name : undefined,
        tabindex: "-1",
        test: entry.test,
        data: entry.data,
        onclick: () => {
          node.shut();
          entry.run();
        },
      },
      entry.picture ?? (entry.icon && icon(entry.icon)),
      h("span", {}, entry.label),
      entry.hint && h("small", {}, entry.hint),
    ),
  );
  const node = h(grid ? "div.menu.grid" : "div.menu", { role: "menu", "aria-label": label }, items);
  const outside = (event) => !node.contains(event.target) && !anchor.contains(event.target) && node.shut();
  node.shut = () => {
    document.removeEventListener("pointerdown", outside, true);
    anchor.setAttribute("aria-expanded", "false");
    const inside = node.contains(document.activeElement);
    node.remove();
    if (inside) anchor.focus({ preventScroll: true });
  };
  node.addEventListener("keydown", (event) => {
    const at = items.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (step) items[(at + step + items.length) % items.length].focus();
    else if (event.key === "Home") items[0].focus();
    else if (event.key === "End") items.at(-1).focus();
    else if (event.key === "Escape" || event.key === "Tab") node.shut();
    else return;
    if (event.key !== "Tab") event.preventDefault();
    event.stopPropagation();
  });
  document.body.append(node);
  document.addEventListener("pointerdown", outside, true);
  anchor.setAttribute("aria-expanded", "true");
  place(node, anchor);
  (items.find((item) => item.getAttribute("aria-checked") === "true") ?? items[0])?.focus({ preventScroll: true });
  return node;
}

/** Puts a floating node above or below its anchor, inside the window. */
function place(node, anchor) {
  const a = anchor.getBoundingClientRect();
  const n = node.getBoundingClientRect();
  const left = Math.min(Math.max(8, a.left), innerWidth - n.width - 8);
  const below = a.bottom + 6 + n.height < innerHeight;
  node.style.left = `${Math.max(8, left)}px`;
  node.style.top = `${below ? a.bottom + 6 : Math.max(8, a.top - 6 - n.height)}px`;
}

const EMOJI = [
  ["👍", "Thumbs up"],
  ["❤️", "Heart"],
  ["😂", "Laughing"],
  ["😮", "Surprised"],
  ["😢", "Sad"],
  ["🙏", "Thanks"],
  ["✅", "Done"],
  ["👀", "Looking"],
];

// Telegram takes reactions from a list of its own.
const TELEGRAM_EMOJI = [
  ["👍", "Thumbs up"],
  ["❤", "Heart"],
  ["🤣", "Laughing"],
  ["😱", "Surprised"],
  ["😢", "Sad"],
  ["🙏", "Thanks"],
  ["👌", "Done"],
  ["🤝", "Agreed"],
];

/** A menu of emoji. */
export function emojiMenu(anchor, choose, onTelegram = false) {
  const entries = (onTelegram ? TELEGRAM_EMOJI : EMOJI).map(([emoji, name]) => ({ label: emoji, name, data: { emoji }, run: () => choose(emoji) }));
  return menu(anchor, entries, { label: "Reactions", grid: true });
}

/** A file: pictures are shown, sound and films played, the rest is a chip to download. */
export function fileView({ path, mime, name, size, voice, alt }) {
  const kind = mime.split("/")[0];
  if (kind === "image") {
    const picture = h("img.picture", { src: path, alt: alt || name || "Picture", loading: "lazy" });
    return h("a.picture-link", { href: path, target: "_blank", rel: "noopener" }, picture);
  }
  if (kind === "audio") {
    const player = h("audio", { controls: true, preload: "metadata", src: path });
    return h("div.sound", { "aria-label": voice ? "Voice note" : "Sound" }, player);
  }
  if (kind === "video") return h("video.picture", { controls: true, preload: "metadata", src: path });
  const text = h("span", {}, h("b", {}, name || "File"), h("small", {}, `${bytes(size)} · ${mime.split(";")[0].split("/").at(-1)}`));
  return h("a.file", { href: path, target: "_blank", rel: "noopener", download: name || true }, icon("file"), text);
}

const bytes = (n) => (n < 1024 ? `${n} B` : n < 1 << 20 ? `${Math.round(n / 1024)} kB` : `${(n / (1 << 20)).toFixed(1)} MB`);

/**
 * Keeps the end of `content` in view as it grows, unless one has scrolled up; returns a function that goes there.
 * A reversed column would do it without a script, but browser drivers cannot press what is scrolled away in one.
 */
export function stick(scroll, content) {
  let low = true;
  let top = 0;
  const down = () => {
    low = true;
    scroll.scrollTop = scroll.scrollHeight;
  };
  scroll.addEventListener("scroll", () => {
    // Only going up leaves the end: content that has just grown moves it away by itself.
    if (scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 60) low = true;
    else if (scroll.scrollTop < top) low = false;
    top = scroll.scrollTop;
  });
  // It reports after layout, so that nothing is measured twice.
  const observer = new ResizeObserver(() => low && down());
  observer.observe(content);
  observer.observe(scroll);
  return down;
}

/** Makes a text field as high as its text, where CSS cannot. */
export function grow(field) {
  if (CSS.supports("field-sizing", "content")) return;
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight, 160)}px`;
}

/** Light, dark, or as the system. */
export function theme() {
  const names = ["auto", "light", "dark"];
  const icons = { auto: "auto", light: "sun", dark: "moon" };
  const root = document.documentElement;
  const read = () => localStorage.getItem("theme") ?? "auto";
  const button = h("button.tool", { test: "theme-toggle", onclick: () => show(names[(names.indexOf(read()) + 1) % 3]) });
  const show = (name) => {
    localStorage.setItem("theme", name);
    root.dataset.theme = name;
    button.replaceChildren(icon(icons[name]));
    button.setAttribute("aria-label", `Theme: ${name}`);
    button.title = `Theme: ${name}`;
  };
  const asked = new URLSearchParams(location.search).get("theme");
  show(names.includes(asked) ? asked : read());
  return button;
}

/** A sheet from the side; returns the function that opens it. */
export function drawer(title, test, fill) {
  const node = h("dialog.drawer", { "aria-label": title, test });
  document.body.append(node);
  node.addEventListener("click", (event) => event.target === node && node.close());
  return () => {
    const close = h("button.quiet", { "aria-label": "Close", onclick: () => node.close() }, icon("close"));
    node.replaceChildren(put(h("div.sheet"), h("header", {}, h("h2", {}, title), close), fill()));
    node.showModal();
  };
}
