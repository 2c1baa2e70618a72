// Four steps that tick themselves off as they happen.

import { h, icon, keyed } from "./dom.js";
import { plain } from "./markdown.js";
import { all, get, watch } from "./state.js";

const STEPS = [
  ["A customer writes", "Write something on a phone, as its owner."],
  ["Claim it", "Press Claim on the card that appears in the team’s channel."],
  ["Answer", "Open the card’s thread and write your answer there."],
  ["See the ticks", "Open the customer’s chat: the answer is read, and the team sees that."],
];

let done = 0;
/** Texts members wrote in threads, and the bubble that brought one to a phone. */
let arrived = null;

/** Letters and digits only: markup and names around a text do not matter. */
const bare = (text) => plain(text).toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");

const TESTS = [
  () => all("phone").some((p) => all(`bubble:${p.id}`).some((m) => m.author === "customer")),
  () => all("answer").some((a) => !a.failed && !a.pending && /claim|take/i.test(a.label)),
  () => Boolean(answerOnPhone()),
  () => {
    const tick = answerOnPhone()?.tick;
    return tick === "read" || tick === "played";
  },
];

function answerOnPhone() {
  if (arrived) return get(arrived);
  const bot = get("cast").bot;
  const threads = all("channel").filter((c) => c.kind === "thread");
  const said = threads.flatMap((t) => all(`message:${t.id}`)).filter((m) => m.author !== bot).map((m) => bare(m.content)).filter(Boolean);
  if (!said.length) return undefined;
  for (const phone of all("phone")) {
    for (const message of all(`bubble:${phone.id}`)) {
      if (message.author !== "business") continue;
      const text = bare(message.text);
      if (!said.some((words) => text.includes(words))) continue;
      arrived = `bubble:${phone.id}:${message.id}`;
      return message;
    }
  }
  return undefined;
}

export function guide(root) {
  const hint = h("p.hint", { role: "status" });
  const list = h("ol.steps");
  root.append(list, hint);
  const draw = () => {
    // The steps follow one another: a later one cannot be done before an earlier one.
    while (done < TESTS.length && TESTS[done]()) done++;
    keyed(list, STEPS.map(([title], i) => ({ key: i, mark: Math.sign(done - i), title, i })), ({ title, i }) => {
      const state = i < done ? "done" : i === done ? "current" : "later";
      return h(`li.step.${state}`, { test: "guide-step", data: { step: i + 1, done: String(i < done) }, "aria-current": state === "current" ? "step" : undefined },
        h("span.ball", {}, i < done ? icon("check") : String(i + 1)), h("span.step-title", {}, title));
    });
    const text = STEPS[done]?.[1] ?? "That is the whole round. Type / in a thread to see what else there is.";
    if (hint.textContent !== text) hint.textContent = text;
  };
  watch(() => draw());
}
