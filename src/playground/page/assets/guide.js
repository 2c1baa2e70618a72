// Steps that tick themselves off as they happen.

import { h, icon, keyed } from "./dom.js";
import { plain } from "./markdown.js";
import { all, get, watch } from "./state.js";

const STEPS = [
  ["A customer writes", "Write something on a phone, as its owner."],
  ["Claim it", "Press Claim on the card that appears in the team’s channel."],
  ["Answer", "Open the card’s thread and write your answer there."],
  ["See the ticks", "Open the customer’s chat: the answer is read, and the team sees that."],
  ["Hand over", "Type /handoff billing and a note in the thread. Then open General under Billing · Telegram, act as Dina, and press Accept."],
];

let done = 0;

// Letters and digits only: markup and names around a text do not matter. Kept, since messages are many.
const kept = new WeakMap();
function bare(message, text) {
  if (!kept.has(message)) kept.set(message, plain(text).toLowerCase().replace(/[^\p{L}\p{N}]/gu, ""));
  return kept.get(message);
}

/** What came to the phones of what members wrote in threads. */
function answers() {
  const { bot } = get("cast");
  const threads = all("channel").filter((c) => c.kind === "thread" || c.kind === "topic");
  const written = threads.flatMap((t) => all(`message:${t.id}`)).filter((m) => m.author !== bot);
  const said = written.map((m) => bare(m, m.content)).filter(Boolean);
  if (!said.length) return [];
  const sent = all("phone").flatMap((p) => all(`bubble:${p.id}`)).filter((m) => m.author === "business");
  return sent.filter((m) => said.some((words) => bare(m, m.text).includes(words)));
}

const TESTS = [
  () => all("phone").some((p) => all(`bubble:${p.id}`).some((m) => m.author === "customer")),
  () => all("answer").some((a) => !a.failed && !a.pending && /claim|take/i.test(a.label)),
  () => answers().length > 0,
  () => answers().some((m) => m.tick === "read" || m.tick === "played"),
  () => all("answer").some((a) => a.kind === "callback" && !a.pending && /accept/i.test(a.label)),
];

export function guide(root) {
  const hint = h("p.hint", { role: "status" });
  const list = h("ol.steps");
  root.append(list, hint);
  const draw = () => {
    const steps = get("telegram") ? STEPS : STEPS.slice(0, 4);
    // The steps follow one another: a later one cannot be done before an earlier one.
    while (done < steps.length && TESTS[done]()) done++;
    keyed(list, steps.map(([title], i) => ({ key: i, mark: Math.sign(done - i), title, i })), ({ title, i }) => {
      const state = i < done ? "done" : i === done ? "current" : "later";
      return h(`li.step.${state}`, { test: "guide-step", data: { step: i + 1, done: String(i < done) }, "aria-current": state === "current" ? "step" : undefined },
        h("span.ball", {}, i < done ? icon("check") : String(i + 1)), h("span.step-title", {}, title));
    });
    const text = steps[done]?.[1] ?? "That is the whole round. Type / in a thread or topic to see what else there is: /handoff support, /why, /away.";
    if (hint.textContent !== text) hint.textContent = text;
  };
  watch(() => draw());
}
