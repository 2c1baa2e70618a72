// One message on a phone.

import { h, icon, ticks } from "./dom.js";
import { plain, whatsapp } from "./markdown.js";
import { act, get } from "./state.js";
import { hour, moment } from "./time.js";
import { emojiMenu, fileView, menu, tried } from "./ui.js";

const STANDS_FOR = {
  image: "📷 Picture",
  video: "🎬 Video",
  audio: "🎤 Voice note",
  document: "📄 Document",
  sticker: "Sticker",
  location: "📍 Location",
  contacts: "👤 Contact",
};

/** One line that stands for a message in previews and quotes. */
export function preview(message) {
  if (!message) return "Message";
  if (message.deleted) return "Deleted message";
  const text = plain(message.text ?? "");
  const kind = STANDS_FOR[message.kind];
  if (message.kind === "document") return `📄 ${message.media?.filename ?? "Document"}`;
  return kind && text ? `${kind.split(" ")[0]} ${text}` : kind || text || message.kind;
}

/** `customer` owns the phone; `write(quote | edit)` hands a message to its composer. */
export function bubble(message, customer, write) {
  const mine = message.author === "customer";
  const bare = message.kind === "sticker";
  // The time of a picture without words stands on the picture.
  const over = /^(image|video)$/.test(message.kind) && !message.text && !message.deleted;
  const node = h("li", {
    class: ["bubble", mine ? "mine" : "theirs", bare && "bare", over && "over"].filter(Boolean).join(" "),
    test: "phone-message",
    data: { id: message.id, author: message.author, kind: message.kind },
  });
  const body = h("div.body");
  node.append(body);
  if (message.deleted) body.append(h("p.gone", {}, mine ? "You deleted this message" : "This message was deleted"));
  else body.append(...content(message, customer));
  body.append(meta(message, mine));
  if (message.deleted) return node;
  if (message.buttons.length) node.append(buttons(message, customer));
  const reactions = [message.customer_reaction, message.business_reaction].filter(Boolean);
  if (reactions.length) node.append(h("span.reaction-tag", { "aria-label": `Reactions ${reactions.join(" ")}` }, reactions));
  const more = h("button.bubble-menu", {
    test: "bubble-menu",
    "aria-label": "What to do with this message",
    "aria-haspopup": "menu",
    onclick: () => open(more, message, customer, mine, write),
  }, icon("down"));
  body.append(more);
  return node;
}

function content(message, customer) {
  const out = [];
  if (message.forwarded) out.push(h("small.forwarded", {}, "↪ Forwarded"));
  if (message.quotes) out.push(quote(message.quotes, customer));
  if (message.header) out.push(h("b.header", {}, message.header));
  if (message.media) {
    const { id, mime, filename, size, voice } = message.media;
    out.push(fileView({ path: `/api/media/phone/${encodeURIComponent(id)}`, mime, name: filename, size, voice }));
  }
  if (message.location) out.push(place(message));
  else if (message.text) out.push(h("div.text", { dir: "auto" }, whatsapp(message.text)));
  else if (!message.media) out.push(h("p.gone", {}, preview(message)));
  if (message.footer) out.push(h("small.footer", {}, message.footer));
  return out;
}

function quote(wamid, customer) {
  const quoted = get(`bubble:${customer}:${wamid}`);
  const who = !quoted ? "" : quoted.author === "customer" ? "You" : get("cast").title;
  return h("div.quote", {}, who && h("b", {}, who), h("span", {}, preview(quoted)));
}

function place({ location, text }) {
  const { latitude, longitude, address } = location;
  const where = `${latitude.toFixed(4)}, ${longitude.toFixed(4)}`;
  const named = text && !/^-?[\d.]+, -?[\d.]+$/.test(text) ? text : "Location";
  return h("div.place", {}, h("span.map", { "aria-hidden": "true" }, icon("pin")), h("b", {}, named), h("small", {}, address ?? where));
}

function meta(message, mine) {
  const sign = mine && { read: 2, played: 2, delivered: 2, sent: 1, accepted: 1 }[message.tick];
  const blue = message.tick === "read" || message.tick === "played";
  return h(
    "span.meta",
    { title: moment(message.at_ms) },
    message.edited && !message.deleted && "Edited ",
    message.author === "app" && "App ",
    hour(message.at_ms),
    sign && h(blue ? "span.tick.blue" : "span.tick", {
      test: "tick",
      data: { tick: message.tick },
      role: "img",
      "aria-label": blue ? "Read" : "Delivered",
    }, ticks(sign)),
  );
}

function buttons(message, customer) {
  const tap = (button) => tried(() => act("customer_taps", { customer, message: message.id, button: button.id }));
  return h(
    "div.taps",
    {},
    message.buttons.map((button) =>
      button.kind === "url" || button.kind === "phone"
        ? h("span.tap", {}, `${button.kind === "url" ? "↗" : "✆"} ${button.title}`)
        : h("button.tap", { test: "phone-button", data: { label: button.title }, title: button.description, onclick: () => tap(button) }, icon("reply"), button.title),
    ),
  );
}

function open(anchor, message, customer, mine, write) {
  const react = (emoji) => tried(() => act("customer_reacts", { customer, message: message.id, emoji }));
  const entries = [
    { label: "Reply", icon: "reply", test: "bubble-quote", run: () => write({ quotes: message }) },
    { label: "React", icon: "smile", test: "bubble-react", run: () => emojiMenu(anchor, react) },
    message.customer_reaction && { label: "Take the reaction away", icon: "close", run: () => react(undefined) },
    mine && message.kind === "text" && { label: "Edit", icon: "edit", test: "bubble-edit", run: () => write({ edits: message }) },
    mine && {
      label: "Delete for everyone",
      icon: "trash",
      test: "bubble-delete",
      run: () => tried(() => act("customer_deletes", { customer, message: message.id })),
    },
  ];
  menu(anchor, entries.filter(Boolean), { label: "Message" });
}
