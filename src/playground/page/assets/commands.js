// Slash commands: finding one by its name, filling in its options.

import { busy, things } from "./embeds.js";
import { h, icon } from "./dom.js";
import { here, onTelegram, usedFrom } from "./place.js";
import { act, get, ownFile } from "./state.js";
import { suggestionList } from "./suggest.js";

const [SUB, GROUP, TEXT, INTEGER, BOOLEAN, MEMBER, CHANNEL, ROLE, MENTIONABLE, NUMBER, FILE] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

/** Every command that can be run: subcommands stand for themselves. */
function entries() {
  const out = [];
  const walk = (node, path) => {
    const inner = (node.options ?? []).filter((o) => o.type === SUB || o.type === GROUP);
    if (inner.length) for (const sub of inner) walk(sub, [...path, sub.name]);
    else out.push({ path, description: node.description, options: node.options ?? [] });
  };
  for (const command of get("commands")) if ((command.type ?? 1) === 1) walk(command, [command.name]);
  return out.sort((a, b) => a.path.join(" ").localeCompare(b.path.join(" ")));
}

/** The bot's commands on Telegram, which are written out as messages. */
function typedOut(text) {
  const found = /^\/([\w]*)$/.exec(text);
  const all = found ? get("telegram").commands : [];
  return all.filter((c) => c.name.includes(found[1].toLowerCase())).sort((a, b) => b.name.startsWith(found[1]) - a.name.startsWith(found[1])).map(({ name, description }) => ({ path: [name], description, plain: true }));
}

/** The commands a text that begins with `/` may become; `exact` when it names one, `rest` what follows its name. */
export function matching(text, channel) {
  if (onTelegram(channel)) return typedOut(text);
  if (!/^\/[\p{L}\p{N}_-]*/u.test(text) || text.startsWith("//") || text.includes("\n")) return [];
  const typed = text.slice(1).toLowerCase();
  const found = [];
  for (const entry of entries()) {
    const name = entry.path.join(" ");
    const exact = typed === name || typed.startsWith(`${name} `);
    if (exact) found.push({ ...entry, exact, rest: text.slice(1 + name.length).trim() });
    else if (name.startsWith(typed) || (typed && !typed.includes(" ") && name.includes(typed))) found.push({ ...entry, rest: "" });
  }
  const starts = (entry) => entry.path.join(" ").startsWith(typed);
  return found.sort((a, b) => starts(b) - starts(a)).slice(0, 25);
}

/** The form of one command; `leave` is called when it was sent or put away. */
export function commandForm(entry, rest, channel, leave) {
  const name = entry.path.join(" ");
  const list = suggestionList();
  /** What the endpoint of suggestions needs while one types into an option. */
  const typed = (option) => (text) => {
    const { [option.name]: _, ...others } = values(fields);
    return { member: here.member, channel: channel.id, command: entry.path[0], options: nest(entry, others), focused: option.name, text };
  };
  const fields = entry.options.map((option) => field(option, (input) => list.attach(input, typed(option))));
  const run = h("button.button.primary", { test: "command-run" }, "Run");
  const cancel = h("button.quiet", { type: "button", "aria-label": "Cancel", onclick: leave }, icon("close"));
  const hint = entry.description && h("span.muted", {}, entry.description);
  const form = h("form.command-form", { test: "command-form", data: { command: name }, "aria-label": `Command /${name}` },
    h("div.command-head", {}, h("b", {}, `/${name}`), hint, h("span.spring"), cancel),
    fields.length > 0 && h("div.command-options", {}, fields.map((f) => f.node)),
    h("div.row.end", {}, h("span.muted.keys", {}, "Enter to run · Esc to cancel"), run));
  const first = fields.find((f) => f.option.type === TEXT);
  if (rest && first) first.input.value = rest;
  form.addEventListener("keydown", (event) => event.key === "Escape" && leave());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { member } = here;
    busy(run, async () => {
      const files = {};
      for (const f of fields) if (f.option.type === FILE && f.input.files[0]) files[[...entry.path.slice(1), f.option.name].join(".")] = await ownFile(f.input.files[0]);
      const id = await act("runs", { member, channel: channel.id, command: entry.path[0], options: nest(entry, values(fields)), files });
      leave();
      return id;
    }, (id) => usedFrom.set(id, channel.id));
  });
  const node = h("div", {}, list, form);
  node.start = () => (fields.find((f) => f.option.required)?.input ?? fields[0]?.input ?? run).focus();
  return node;
}

function values(fields) {
  const out = {};
  for (const f of fields) {
    const value = f.value();
    if (value !== undefined) out[f.option.name] = value;
  }
  return out;
}

/** Options under the names of their group and subcommand. */
const nest = (entry, options) => entry.path.slice(1).reduceRight((inner, step) => ({ [step]: inner }), options);

function field(option, complete) {
  const input = control(option);
  input.dataset.testid = "command-option";
  input.dataset.option = option.name;
  if (option.required) input.required = true;
  const label = h("label.option", {}, h("span", {}, option.name, option.required && h("i", { title: "Required" }, "*")), input, h("small.muted", {}, option.description));
  const meant = option.autocomplete ? complete(input) : () => undefined;
  const value = () => {
    const raw = input.value;
    if (raw === "" || option.type === FILE) return undefined;
    if (meant(raw) !== undefined) return meant(raw);
    if (option.type === INTEGER || option.type === NUMBER) return Number(raw);
    if (option.type === BOOLEAN) return raw === "true";
    if (option.choices) return option.choices.find((c) => String(c.value) === raw)?.value;
    return raw;
  };
  return { option, input, node: label, value };
}

function control(option) {
  const list = (pairs) => h("select", {}, h("option", { value: "" }, option.required ? "Choose…" : "—"), pairs.map(([value, label]) => h("option", { value }, label)));
  if (option.choices?.length) return list(option.choices.map((c) => [String(c.value), c.name]));
  switch (option.type) {
    case BOOLEAN:
      return list([["true", "Yes"], ["false", "No"]]);
    case MEMBER:
    case CHANNEL:
    case ROLE:
    case MENTIONABLE:
      return list(things(option.type));
    case FILE:
      return h("input", { type: "file" });
    case INTEGER:
    case NUMBER:
      // What completes itself shows names in the place of numbers.
      if (option.autocomplete) return h("input", { autocomplete: "off", inputmode: "numeric" });
      return h("input", { type: "number", step: option.type === INTEGER ? "1" : "any", min: option.min_value, max: option.max_value });
    default:
      return h("input", { autocomplete: "off", minlength: option.min_length, maxlength: option.max_length });
  }
}
