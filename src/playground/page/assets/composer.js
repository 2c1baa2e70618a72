// Where a member writes: a text, files, an answer, an edit, or a slash command.

import { commandForm, matching } from "./commands.js";
import { h, icon } from "./dom.js";
import { gist } from "./markdown.js";
import { here, isThere, move, onTelegram } from "./place.js";
import { act, get, ownFile } from "./state.js";
import { avatar, grow, toast, tried } from "./ui.js";

const TYPING_MS = 8000;

/** `sent` hears of every message that left. */
export function composer(kind, sent) {
  let channel = null;
  let about = {};
  let files = [];
  let form = null;
  let typed = 0;
  const drafts = new Map();
  const listId = `commands-${kind}`;
  const bar = h("div.about", { hidden: true });
  const chosen = h("div.chosen", { hidden: true });
  const popup = h("ul.commands", { id: listId, role: "listbox", "aria-label": "Commands", hidden: true });
  const file = h("input", { type: "file", multiple: true, hidden: true, tabindex: "-1", "aria-label": "Files" });
  const attach = h("button.round", { type: "button", test: "composer-file", "aria-label": "Attach a file", onclick: () => file.click() }, icon("plus"));
  const field = h("textarea", { test: `${kind}-composer`, rows: "1", maxlength: "2000", "aria-haspopup": "listbox", "aria-controls": listId, "aria-autocomplete": "list" });
  const button = h("button.round.send", { test: "composer-send", "aria-label": "Send" }, icon("send"));
  const line = h("form.write", {}, attach, file, field, button);
  const absent = h("div.absent", { test: "not-there", hidden: true });
  const node = h("div.composer", {}, popup, bar, chosen, absent, line);

  const take = (next) => {
    about = next;
    const message = next.reply ?? next.edit;
    bar.hidden = !message;
    if (!message) return bar.replaceChildren();
    const label = next.edit ? "Editing" : `Replying to ${message.author_name}`;
    const cancel = h("button.quiet", { type: "button", "aria-label": "Cancel", onclick: () => give() }, icon("close"));
    bar.replaceChildren(h("span", {}, h("b", {}, label), h("span", {}, gist(message))), cancel);
    if (next.edit) field.value = message.raw ?? message.content;
    grow(field);
    field.focus();
  };
  /** Puts away what was begun. */
  const give = () => {
    if (about.edit) field.value = "";
    take({});
    grow(field);
  };

  const drawFiles = () => {
    chosen.hidden = files.length === 0;
    const remove = (i) => {
      files.splice(i, 1);
      drawFiles();
    };
    chosen.replaceChildren(...files.map((f, i) => h("span.chip-file", {}, icon("file"), f.name, h("button.quiet", { type: "button", "aria-label": `Remove ${f.name}`, onclick: () => remove(i) }, icon("close")))));
  };

  const run = (entry, rest) => {
    hide();
    if (entry.plain) {
      field.value = `/${entry.path[0]} `;
      return field.focus();
    }
    field.value = "";
    form?.remove();
    const leave = () => {
      form?.remove();
      form = null;
      line.hidden = false;
      field.focus();
    };
    form = commandForm(entry, rest, channel, leave);
    line.hidden = true;
    node.append(form);
    form.start();
  };

  // The popup of commands.
  let items = [];
  let at = 0;
  const hide = () => {
    popup.hidden = true;
    field.removeAttribute("aria-activedescendant");
  };
  const suggest = () => {
    items = about.edit ? [] : matching(field.value, channel);
    if (!items.length) return hide();
    at = Math.min(at, items.length - 1);
    popup.hidden = false;
    field.setAttribute("aria-activedescendant", `${listId}-${at}`);
    popup.replaceChildren(
      ...items.map((entry, i) =>
        h("li", { role: "option", id: `${listId}-${i}`, test: "command-item", data: { command: entry.path.join(" ") }, "aria-selected": String(i === at), onmousedown: (event) => {
          event.preventDefault();
          run(entry, entry.rest);
        } }, h("b", {}, `/${entry.path.join(" ")}`), h("span", {}, entry.description)),
      ),
    );
    popup.children[at]?.scrollIntoView({ block: "nearest" });
  };

  const send = () =>
    tried(async () => {
      const text = field.value;
      const exact = matching(text, channel).find((e) => e.exact);
      if (exact && !about.edit) return run(exact, exact.rest);
      if (!text.trim() && !files.length) return;
      const place = { member: here.member, channel: channel.id };
      if (about.edit) {
        await act("edits", { ...place, message: about.edit.id, text });
      } else {
        const own = await Promise.all(files.map(ownFile));
        await act("says", { ...place, text, reply_to: about.reply?.id, files: own });
      }
      field.value = "";
      files = [];
      drawFiles();
      take({});
      grow(field);
      hide();
      sent();
    });

  const keys = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!popup.hidden && step) {
      at = (at + step + items.length) % items.length;
      event.preventDefault();
      return suggest();
    }
    const whole = !popup.hidden && items[at].plain && field.value === `/${items[at].path[0]}`;
    if (!popup.hidden && !whole && (event.key === "Enter" || event.key === "Tab") && !event.shiftKey) {
      event.preventDefault();
      return run(items[at], items[at].rest);
    }
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      send();
    } else if (event.key === "Escape") {
      if (popup.hidden) give();
      else hide();
    }
  };
  const changed = () => {
    grow(field);
    at = 0;
    suggest();
    const writes = field.value && !field.value.startsWith("/");
    if (!writes || onTelegram(channel) || performance.now() - typed < TYPING_MS) return;
    typed = performance.now();
    // Only a hint to others: when it fails nobody misses it.
    act("types", { member: here.member, channel: channel.id }).catch(() => {});
  };
  typed = -TYPING_MS;
  field.addEventListener("keydown", keys);
  field.addEventListener("input", changed);
  field.addEventListener("blur", hide);
  file.addEventListener("change", () => {
    files.push(...file.files);
    file.value = "";
    if (files.length > 10) toast("A message has at most 10 files.");
    files = files.slice(0, 10);
    drawFiles();
  });
  line.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });

  /** Says who can write here when the acting member cannot. */
  const drawAbsent = () => {
    const { agents } = get("cast");
    const away = onTelegram(channel) && !isThere();
    const mark = away ? here.member : "";
    absent.hidden = !away;
    line.hidden = away || Boolean(form);
    if (absent.dataset.mark === mark) return;
    absent.dataset.mark = mark;
    const others = agents.filter((a) => get("telegram")?.people.includes(a.id));
    const who = agents.find((a) => a.id === here.member)?.name ?? "This member";
    const as = ({ id, name }) => h("button.button.as", { type: "button", test: "act-instead", data: { member: id, name }, onclick: () => move({ member: id }) }, avatar(name, "small"), name);
    absent.replaceChildren(h("span", {}, `${who} is not on Telegram. Act as`), ...others.map(as));
  };

  const show = (next) => {
    if (channel && channel.id !== next.id) {
      drafts.set(channel.id, about.edit ? "" : field.value);
      form?.remove();
      form = null;
      line.hidden = false;
      files = [];
      drawFiles();
      take({});
      field.value = drafts.get(next.id) ?? "";
      hide();
    }
    channel = next;
    const shut = next.archived && next.locked;
    field.disabled = shut;
    button.disabled = shut;
    attach.disabled = shut;
    drawAbsent();
    field.maxLength = onTelegram(next) ? 4096 : 2000;
    const mark = next.kind === "text" ? "#" : "";
    const closed = next.kind === "topic" && next.archived;
    field.placeholder = shut ? "This thread is locked." : closed ? "This topic is closed." : `Message ${mark}${next.name || "Baton"}`;
    field.setAttribute("aria-label", field.placeholder);
    grow(field);
  };
  return { node, take, show, focus: () => field.focus({ preventScroll: true }) };
}
