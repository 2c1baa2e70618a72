// The slices the server sends, by name, and the way back: acts.

const slices = new Map();
const watchers = new Set();
/** Names of slices by what they belong to: "bubble:3" → its bubbles, "message:77" → its messages. */
const groups = new Map();
const sorted = new Map();

/** The slice of this name, undefined when there is none. */
export const get = (name) => slices.get(name);

/** All slices below a name: all("phone"), all("bubble:3"), all("message:77"); in their natural order. */
export function all(group) {
  if (!sorted.has(group)) {
    const found = [...(groups.get(group) ?? [])].map((name) => slices.get(name));
    sorted.set(group, found.sort(order));
  }
  return sorted.get(group);
}

/** Calls back with the set of changed names after every change. */
export function watch(callback) {
  watchers.add(callback);
}

/** Whether an update has come yet. */
export let ready = false;

// Ids of Discord are decimal numbers beyond 53 bits: the longer one is the larger one.
export const byId = (a, b) => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);

function order(a, b) {
  if (a.seq !== undefined) return a.seq - b.seq;
  return byId(String(a.id), String(b.id));
}

const groupOf = (name) => (name.includes(":") ? name.slice(0, name.lastIndexOf(":")) : "");

function set(name, value) {
  const group = groupOf(name);
  sorted.delete(group);
  if (value === null && name !== "dials") {
    slices.delete(name);
    groups.get(group)?.delete(name);
    return;
  }
  slices.set(name, value);
  if (!groups.has(group)) groups.set(group, new Set());
  groups.get(group).add(name);
}

// The clock of the stage: it may be ahead of the computer's and run faster.
let base = { stage: Date.now(), local: performance.now() };

/** Now on the stage, unix milliseconds. */
export function now() {
  const speed = slices.get("dials")?.speed ?? 1;
  return base.stage + (performance.now() - base.local) * speed;
}

let epoch = "";

function take({ epoch: from, since, now_ms, slices: changed }) {
  const names = new Set(Object.keys(changed));
  if (since === 0) {
    // The whole board: what is not in it is gone.
    for (const name of [...slices.keys()]) {
      if (!names.has(name)) {
        set(name, null);
        names.add(name);
      }
    }
  }
  epoch = from;
  for (const [name, value] of Object.entries(changed)) set(name, value);
  base = { stage: now_ms, local: performance.now() };
  ready = true;
  if (names.size) for (const tell of watchers) tell(names);
}

/** Opens the stream, or with `?still` takes one snapshot. `onLine` hears whether the connection stands. */
export async function connect(onLine) {
  if (new URLSearchParams(location.search).has("still")) {
    take(await (await fetch("/api/state")).json());
    return;
  }
  const stream = new EventSource("/api/events");
  stream.onmessage = (event) => take(JSON.parse(event.data));
  stream.onopen = () => onLine(true);
  stream.onerror = () => {
    onLine(false);
    // A refused stream is not tried again by the browser itself.
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => connect(onLine), 2000);
  };
}

/** Performs an act; resolves to the id of what it made, throws the sentence why not. */
export async function act(name, details) {
  return (await post("/api/act", { act: name, ...details })).id;
}

/** What the bot offers for an option somebody types in: `[{ name, value }]`. Throws the sentence why not. */
export async function suggestions(typed) {
  return (await post("/api/suggest", typed)).choices;
}

async function post(path, details) {
  let answer;
  try {
    answer = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(details),
    });
  } catch {
    throw new Error("The demo is not running any more.");
  }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.error ?? `The demo answered ${answer.status}.`);
  return body;
}

/** A chosen file as acts carry it. */
export async function ownFile(file) {
  if (file.size > 5 * 1024 * 1024) throw new Error(`${file.name} is larger than 5 MB.`);
  const url = await new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(new Error(`${file.name} cannot be read.`));
    reader.readAsDataURL(file);
  });
  return { name: file.name, mime: file.type, base64: url.slice(url.indexOf(",") + 1) };
}

/** Resolves when the test holds, at the latest after some milliseconds. */
export function until(test, ms) {
  return new Promise((resolve) => {
    const check = () => {
      if (!test()) return;
      watchers.delete(check);
      resolve();
    };
    watchers.add(check);
    setTimeout(() => {
      watchers.delete(check);
      resolve();
    }, ms);
    check();
  });
}
