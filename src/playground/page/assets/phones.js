// The customers' side: a strip of customers, and the phones that are open.

import { bubble, preview } from "./bubbles.js";
import { h, icon, keyed, put } from "./dom.js";
import { act, all, get, now, ownFile, until, watch } from "./state.js";
import { short } from "./time.js";
import { avatar, grow, menu, stick, tried } from "./ui.js";

const wide = matchMedia("(min-width: 1680px)");
/** Customers whose phones are open, the latest last. */
let open = [];
const phones = new Map();

/** How many messages of the business the customer has not read. */
export const unread = (customer) => all(`bubble:${customer}`).filter((m) => m.author === "business" && !m.deleted && !isRead(m)).length;
const isRead = (message) => message.tick === "read" || message.tick === "played";

export function customers(root) {
  const strip = h("ul.strip", { "aria-label": "Customers" });
  const add = h("button.add", { test: "new-customer", onclick: newCustomer }, h("span.plus", {}, icon("plus")), "New");
  const desk = h("div.phones");
  put(root, h("div.strip-row", {}, add, strip), desk);
  const draw = () => {
    const known = all("phone");
    const room = wide.matches ? 2 : 1;
    open = open.filter((id) => get(`phone:${id}`)).slice(-room);
    const rest = known.map((p) => p.id).filter((id) => !open.includes(id));
    open.unshift(...rest.slice(0, room - open.length));
    keyed(strip, known.map(chipEntry), ({ value }) => chip(value));
    const shown = [...open].sort((a, b) => a - b);
    keyed(desk, shown.map((id) => ({ key: id, mark: id })), ({ key }) => phone(key));
    if (!known.length) desk.dataset.empty = "Add a customer to begin.";
    else delete desk.dataset.empty;
    for (const id of shown) phones.get(id).draw();
  };
  watch((names) => {
    for (const name of names) if (/^(phone|bubble|cast)/.test(name)) return draw();
  });
  wide.addEventListener("change", draw);
  customers.draw = draw;
}

function chipEntry(customer) {
  const count = unread(customer.id);
  const shown = open.includes(customer.id);
  return { key: customer.id, mark: `${customer.name} ${count} ${shown} ${customer.online}`, value: { ...customer, count, shown } };
}

function chip({ id, name, count, shown, online }) {
  const label = `${name}${count ? `, ${count} unread` : ""}${online ? "" : ", offline"}`;
  const button = h(
    "button.chip",
    {
      test: "customer",
      data: { customer: id, name, unread: count },
      "aria-pressed": String(shown),
      "aria-label": label,
      title: name,
      onclick: () => show(id),
    },
    h(online ? "span.face" : "span.face.offline", {}, avatar(name), count > 0 && h("span.badge", {}, count)),
    h("span.name", {}, name.split(" ")[0]),
  );
  return h("li", {}, button);
}

function show(id) {
  if (!open.includes(id)) open.push(id);
  customers.draw();
  read(id);
  document.querySelector(`.chip[data-customer="${id}"]`)?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function read(id) {
  if (unread(id)) tried(() => act("customer_opens", { customer: id }));
}

function newCustomer() {
  const name = h("input", { test: "new-customer-name", placeholder: "Name", maxlength: "25", required: true, autocomplete: "off", "aria-label": "Name" });
  const close = h("button.button", { type: "button", onclick: () => dialog.close() }, "Cancel");
  const form = h("form", {}, h("h2", {}, "New customer"), h("p.muted", {}, "A phone and a number are made up for them."), name,
    h("div.row.end", {}, close, h("button.button.primary", { test: "new-customer-add" }, "Add")));
  const dialog = h("dialog.modal", { "aria-label": "New customer", onclose: () => dialog.remove() }, form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    tried(async () => {
      const id = await act("new_customer", { name: name.value });
      await until(() => get(`phone:${id}`), 3000);
      dialog.close();
      show(id);
      phones.get(id)?.focus();
    });
  });
  document.body.append(dialog);
  dialog.showModal();
}

function phone(id) {
  const head = h("header.chat-head");
  const list = h("ol.chat");
  const typing = h("div.typing", { test: "phone-typing", role: "status" }, h("i"), h("i"), h("i"), h("span.sr", {}, "typing…"));
  const pill = h("button.read-pill", { test: "phone-read", onclick: () => read(id) });
  const scroll = h("div.chat-scroll", { role: "log", "aria-label": "Chat", tabindex: "0" }, h("div.chat-end", {}, list, typing));
  const down = stick(scroll, scroll.firstChild);
  const writer = composer(id, down);
  const node = h("article.phone", { test: "phone", data: { customer: id } }, head, scroll, pill, writer.node);
  // Whoever touches the chat has read it.
  scroll.addEventListener("click", () => read(id));
  writer.node.addEventListener("focusin", () => read(id));
  const draw = () => {
    const owner = get(`phone:${id}`);
    if (!owner) return;
    node.setAttribute("aria-label", `${owner.name}’s phone`);
    head.replaceChildren(...heading(owner));
    const messages = all(`bubble:${id}`);
    const entries = messages.map((m) => ({ key: m.id, mark: m, value: m }));
    keyed(list, entries, ({ value }) => bubble(value, id, writer.take));
    list.dataset.empty = messages.length ? "" : `Write to ${get("cast").title} as ${owner.name}.`;
    typing.hidden = !owner.typing;
    const count = unread(id);
    pill.hidden = count === 0;
    pill.textContent = `${count} unread · read now`;
  };
  phones.set(id, { draw, focus: writer.focus });
  return node;
}

function heading(owner) {
  const cast = get("cast");
  const left = owner.window_closes_ms && owner.window_closes_ms - now();
  const room = left > 0 ? `24-hour window: ${short(owner.window_closes_ms)} left` : left ? "24-hour window closed" : cast.number;
  const online = h("button.quiet.link", {
    "aria-pressed": String(owner.online),
    title: owner.online ? "Take the phone offline" : "Bring the phone back online",
    onclick: () => tried(() => act("customer_online", { customer: owner.id, online: !owner.online })),
  }, owner.online ? "online" : "offline");
  return [
    h("div.owner", {}, h("b", {}, owner.name), h("span", {}, owner.number), h(owner.online ? "i.dot" : "i.dot.off"), online),
    h("div.partner", {}, avatar(cast.title), h("div", {}, h("b", {}, cast.title), h("small", {}, owner.typing ? "typing…" : room))),
  ];
}

/** `sent` hears of every message that left. */
function composer(id, sent) {
  let about = {};
  const bar = h("div.about", { hidden: true });
  const field = h("textarea", { test: "phone-composer", rows: "1", placeholder: "Message", "aria-label": "Message", maxlength: "4096" });
  const file = h("input", { type: "file", hidden: true, "aria-label": "Own file", tabindex: "-1" });
  const attach = h("button.round", { type: "button", test: "phone-attach", "aria-label": "Attach", "aria-haspopup": "menu" }, icon("plus"));
  const form = h("form.write", {}, bar, attach, file, field, h("button.round.send", { test: "phone-send", "aria-label": "Send" }, icon("send")));

  const take = (next) => {
    about = next;
    const message = next.quotes ?? next.edits;
    bar.hidden = !message;
    grow(field);
    if (!message) return bar.replaceChildren();
    const cancel = h("button.quiet", { type: "button", "aria-label": "Cancel", onclick: () => take({}) }, icon("close"));
    bar.replaceChildren(h("span", {}, h("b", {}, next.edits ? "Edit" : "Reply"), h("span", {}, preview(message))), cancel);
    if (next.edits) field.value = message.text;
    grow(field);
    field.focus();
  };
  const send = () =>
    tried(async () => {
      const text = field.value;
      if (!text.trim()) return;
      if (about.edits) await act("customer_edits", { customer: id, message: about.edits.id, text });
      else await act("customer_says", { customer: id, text, quotes: about.quotes?.id });
      field.value = "";
      take({});
      sent();
    });
  const sendFile = (file) =>
    tried(async () => {
      await act("customer_sends", { customer: id, file: await file, caption: field.value || undefined, quotes: about.quotes?.id });
      field.value = "";
      take({});
      sent();
    });
  const square = { latitude: 40.4155, longitude: -3.7074, name: "Plaza Mayor, Madrid" };
  attach.addEventListener("click", () =>
    menu(attach, [
      { label: "Picture", picture: "🌄", test: "attach-picture", run: () => sendFile({ sample: "picture" }) },
      { label: "Voice note", picture: "🎤", test: "attach-voice", run: () => sendFile({ sample: "voice" }) },
      { label: "Document", picture: "📄", test: "attach-document", run: () => sendFile({ sample: "document" }) },
      { label: "Location", picture: "📍", test: "attach-location", run: () => tried(() => act("customer_locates", { customer: id, ...square })) },
      { label: "Own file…", picture: "📎", test: "attach-file", run: () => file.click() },
    ], { label: "Attach" }),
  );
  file.addEventListener("change", () => {
    if (file.files[0]) sendFile(ownFile(file.files[0]));
    file.value = "";
  });
  field.addEventListener("input", () => grow(field));
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      send();
    } else if (event.key === "Escape") take({});
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  return { node: form, take, focus: () => field.focus() };
}
