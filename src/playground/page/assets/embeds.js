// What hangs below a message's text: embeds, files, buttons and menus.

import { h } from "./dom.js";
import { discord, inline } from "./markdown.js";
import { act, all, get, until } from "./state.js";
import { stamp } from "./time.js";
import { fileView, tried } from "./ui.js";

/** A card: title, text and fields beside a bar in its colour. */
export function embed(value, message, names) {
  const node = h("div.embed");
  if (Number.isInteger(value.color)) node.style.setProperty("--bar", `#${value.color.toString(16).padStart(6, "0")}`);
  if (value.author?.name) node.append(h("div.embed-author", {}, value.author.name));
  if (value.title) node.append(h("div.embed-title", {}, titled(value, names)));
  if (value.description) node.append(h("div.embed-text", { dir: "auto" }, discord(value.description, names)));
  if (value.fields?.length) {
    const field = ({ name, value, inline }) =>
      h(inline ? "div.field.inline" : "div.field", {}, h("dt", {}, discord(name, names)), h("dd", { dir: "auto" }, discord(value, names)));
    node.append(h("dl.fields", {}, value.fields.map(field)));
  }
  const picture = picked(value.image?.url, message);
  if (picture) node.append(fileView({ path: picture.path, mime: picture.content_type, name: picture.filename, alt: picture.description }));
  const date = value.timestamp && Date.parse(value.timestamp);
  if (value.footer?.text || date) {
    const parts = [value.footer?.text, value.footer?.text && date ? " · " : "", date ? stamp(date / 1000, "f") : ""];
    node.append(h("div.embed-footer", {}, parts));
  }
  return node;
}

function titled({ title, url }, names) {
  if (!/^https?:\/\//.test(url ?? "")) return inline(title, names);
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, inline(title, names));
}

/** The file of the message that an embed's picture names. */
function picked(url, message) {
  return url && message.attachments.find((file) => file.url === url.split("?")[0]);
}

/** Files that no embed shows already. */
export function files(message) {
  const inside = new Set(message.embeds.map((e) => picked(e.image?.url, message)).filter(Boolean));
  const rest = message.attachments.filter((file) => !inside.has(file));
  if (!rest.length) return null;
  const view = ({ path, content_type, filename, size, description }) => fileView({ path, mime: content_type, name: filename, size, alt: description });
  return h("div.files", {}, rest.map(view));
}

const STYLES = { 1: "primary", 2: "", 3: "success", 4: "danger", 5: "link" };

/** Rows of buttons and menus; `used(id)` hears of the interaction that came of it. */
export function components(message, member, used) {
  const row = (row) => h("div.buttons", {}, row.components.map((part) => component(part, message, member, used)));
  return message.components.map(row);
}

function component(part, message, member, used) {
  if (part.type !== 2) return select(part, message, member, used);
  const label = [part.emoji?.name, part.label].filter(Boolean).join(" ");
  if (part.style === 5) {
    if (!/^https?:\/\//.test(part.url)) return null;
    return h("a.button", { href: part.url, target: "_blank", rel: "noopener noreferrer" }, `${label} ↗`);
  }
  const style = STYLES[part.style] ?? "";
  const button = h(`button.button${style && `.${style}`}`, {
    test: part.label === "Claim" ? "claim" : "component-button",
    data: { label: part.label ?? "", customId: part.custom_id },
    disabled: part.disabled === true,
    onclick: () => busy(button, () => act("clicks", { member, channel: message.channel, message: message.id, custom_id: part.custom_id }), used),
  }, label);
  return button;
}

/** Shows that it is under way until the interaction was taken up. */
export async function busy(control, start, used) {
  control.setAttribute("aria-busy", "true");
  await tried(async () => {
    const id = await start();
    used?.(id);
    await until(() => get(`answer:${id}`)?.pending === false, 4000);
  });
  control.removeAttribute("aria-busy");
}

function select(part, message, member, used) {
  const many = (part.max_values ?? 1) > 1;
  const list = h("select.select", {
    test: "component-select",
    data: { customId: part.custom_id },
    disabled: part.disabled === true,
    multiple: many,
    "aria-label": part.placeholder ?? "Choose",
  });
  if (!many) list.append(h("option", { value: "", hidden: true }, part.placeholder ?? "Choose…"));
  for (const [value, label, chosen] of offered(part)) list.append(h("option", { value, selected: chosen }, label));
  const send = () => {
    const values = [...list.selectedOptions].map((o) => o.value).filter(Boolean);
    busy(list, () => act("selects", { member, channel: message.channel, message: message.id, custom_id: part.custom_id, values }), used);
  };
  if (!many) {
    list.addEventListener("change", send);
    return list;
  }
  return h("span.select-many", {}, list, h("button.button", { test: "component-select-send", onclick: send }, "Choose"));
}

function offered(part) {
  if (part.type === 3) return part.options.map((o) => [o.value, o.description ? `${o.label} – ${o.description}` : o.label, o.default]);
  return things({ 5: 6, 6: 8, 7: 9, 8: 7 }[part.type]);
}

/** What an option of this type offers: 6 members, 7 channels, 8 roles, 9 members and roles. */
export function things(type) {
  const { users, roles } = get("cast");
  const people = users.filter((u) => u.member && !u.bot).map((u) => [u.id, u.name]);
  const ranks = roles.map((r) => [r.id, `@${r.name}`]);
  if (type === 7) return all("channel").filter((c) => c.kind === "text" || c.kind === "thread").map((c) => [c.id, `#${c.name}`]);
  return type === 6 ? people : type === 8 ? ranks : [...people, ...ranks];
}
