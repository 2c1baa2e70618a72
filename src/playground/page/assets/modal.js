// What an interaction leads to beside messages: a form to fill in, a failure to tell, or Telegram's small window.

import { h } from "./dom.js";
import { here, usedFrom } from "./place.js";
import { act, get, watch } from "./state.js";
import { toast, tried } from "./ui.js";

const SHORT = 1;
const told = new Set();

/** Opens the forms and tells the failures of what the acting member does from now on. */
export function watchAnswers() {
  let first = true;
  watch((names) => {
    for (const name of names) {
      const answer = name.startsWith("answer:") && get(name);
      if (!answer || told.has(answer.id) || (!answer.modal && !answer.failed && !answer.notice)) continue;
      told.add(answer.id);
      if (first || answer.member !== here.member) continue;
      if (answer.failed) toast(`${answer.label}: ${answer.failed}.`);
      else if (answer.alert) alert(answer);
      else if (answer.notice) toast(answer.notice, "note");
      else form(answer);
    }
    first = false;
  });
}

/** What the one who pressed has to put away. */
function alert({ notice }) {
  const close = h("button.button.primary", { test: "alert-ok", onclick: () => dialog.close() }, "OK");
  const body = h("div.alert", {}, h("p", { dir: "auto" }, notice), h("div.row.end", {}, close));
  const dialog = h("dialog.modal", { test: "alert", "aria-label": "Answer", onclose: () => dialog.remove() }, body);
  document.body.append(dialog);
  dialog.showModal();
}

function form({ id, modal }) {
  const inputs = modal.components.map((row) => row.components[0]).map(field);
  const cancel = h("button.button", { type: "button", onclick: () => dialog.close() }, "Cancel");
  const body = h("form", {}, h("h2", {}, modal.title), inputs.map((i) => i.node),
    h("div.row.end", {}, cancel, h("button.button.primary", { test: "modal-submit" }, "Submit")));
  const dialog = h("dialog.modal", { test: "modal", "aria-label": modal.title, onclose: () => dialog.remove() }, body);
  body.addEventListener("submit", (event) => {
    event.preventDefault();
    const fields = Object.fromEntries(inputs.map((i) => [i.id, i.input.value]));
    tried(async () => {
      const sent = await act("submits", { member: here.member, interaction: id, fields });
      if (usedFrom.has(id)) usedFrom.set(sent, usedFrom.get(id));
      dialog.close();
    });
  });
  document.body.append(dialog);
  dialog.showModal();
}

function field(part) {
  const rules = {
    test: "modal-field",
    data: { field: part.custom_id },
    placeholder: part.placeholder,
    minlength: part.min_length,
    maxlength: part.max_length ?? 4000,
    required: part.required !== false,
  };
  const input = part.style === SHORT ? h("input", rules) : h("textarea", { ...rules, rows: "4" });
  input.value = part.value ?? "";
  return { id: part.custom_id, input, node: h("label.option", {}, h("span", {}, part.label ?? ""), input) };
}
