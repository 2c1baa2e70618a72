// What the bot offers for an option while one types: a list above the form, as Discord shows it.

import { h } from "./dom.js";
import { suggestions } from "./state.js";

const PAUSE_MS = 200;
/** An answer that comes sooner needs no announcement. */
const PATIENCE_MS = 250;

/**
 * The list that the options of one form share. `list.attach(input, ask)` lets an input complete itself: `ask(text)` names
 * what else the page's endpoint needs. It returns a function from what stands in the input to the value that is meant.
 */
export function suggestionList() {
  const id = `suggestions-${crypto.randomUUID()}`;
  const list = h("ul.commands.suggestions", { id, role: "listbox", "aria-label": "Suggestions", hidden: true });
  let current = null;
  let offered = [];
  let at = -1;

  const hide = () => {
    list.hidden = true;
    offered = [];
    current?.input.setAttribute("aria-expanded", "false");
    current?.input.removeAttribute("aria-activedescendant");
  };
  const select = (next) => {
    at = next;
    [...list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === at)));
    if (at < 0) return current.input.removeAttribute("aria-activedescendant");
    current.input.setAttribute("aria-activedescendant", `${id}-${at}`);
    list.children[at].scrollIntoView({ block: "nearest" });
  };
  const pick = (choice) => {
    current.input.value = choice.name;
    current.picked = choice;
    current.turn++;
    hide();
  };
  const show = (choices) => {
    offered = choices;
    list.replaceChildren(
      ...choices.map((choice, i) =>
        h("li", { role: "option", id: `${id}-${i}`, test: "suggestion", data: { name: choice.name, value: choice.value }, onmousedown: (event) => {
          event.preventDefault();
          pick(choice);
        } }, choice.name)),
    );
    open();
    // Nothing is chosen unasked in an empty field: Enter then runs the command without this option.
    const text = current.input.value.trim().toLowerCase();
    const exact = choices.findIndex((c) => c.name.toLowerCase() === text || String(c.value).toLowerCase() === text);
    select(exact >= 0 ? exact : text && choices.length ? 0 : -1);
  };
  const say = (sentence) => {
    offered = [];
    at = -1;
    list.replaceChildren(h("li.note", { role: "option", "aria-disabled": "true", test: "suggestion-note" }, sentence));
    current.input.removeAttribute("aria-activedescendant");
    open();
  };
  const open = () => {
    list.hidden = false;
    list.scrollTop = 0;
    current.input.setAttribute("aria-expanded", "true");
  };

  /** Asks after a pause; only the answer to what was typed last is shown. */
  const ask = async (field, pause) => {
    const turn = ++field.turn;
    await new Promise((resolve) => setTimeout(resolve, pause));
    if (turn !== field.turn) return;
    const waiting = setTimeout(() => turn === field.turn && list.hidden && say("Loading options…"), PATIENCE_MS);
    try {
      const choices = await suggestions(field.ask(field.input.value));
      if (turn !== field.turn) return;
      for (const choice of choices) field.known.set(choice.name, choice.value);
      if (choices.length) show(choices);
      else say("No options match.");
    } catch (error) {
      if (turn === field.turn) say(error.message);
    } finally {
      clearTimeout(waiting);
    }
  };

  const keys = (event) => {
    if (list.hidden || event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && offered.length) select(at < 0 && step < 0 ? offered.length - 1 : (at + step + offered.length) % offered.length);
    else if (event.key === "Enter" && at >= 0) pick(offered[at]);
    else if (event.key === "Escape") {
      current.turn++;
      hide();
    } else {
      // Leaving the field by Tab takes what is chosen along.
      if (event.key === "Tab" && !event.shiftKey && at >= 0) pick(offered[at]);
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  list.attach = (input, ask_) => {
    const field = { input, ask: ask_, turn: 0, picked: null, known: new Map() };
    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", id]]) input.setAttribute(name, value);
    input.addEventListener("focus", () => {
      current = field;
      ask(field, 0);
    });
    input.addEventListener("blur", () => {
      field.turn++;
      hide();
    });
    input.addEventListener("input", () => ask(field, PAUSE_MS));
    input.addEventListener("keydown", keys);
    return (raw) => (field.picked?.name === raw ? field.picked.value : field.known.get(raw));
  };
  return list;
}
