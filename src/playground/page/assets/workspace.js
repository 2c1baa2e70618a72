// The team's side: channels, the open channel, the open thread, and who acts.

import { composer } from "./composer.js";
import { h, icon, logo, put } from "./dom.js";
import { drawMessages } from "./messages.js";
import { watchAnswers } from "./modal.js";
import { begin, here, move, onMove, onTelegram, see, settle } from "./place.js";
import { drawSide } from "./side.js";
import { get, watch } from "./state.js";
import { avatar, menu, stick } from "./ui.js";

export function workspace(root) {
  const title = h("div.server");
  const list = h("ul.channels", { "aria-label": "Channels" });
  const actor = h("button.actor", { test: "acting-as", "aria-haspopup": "menu", onclick: () => choose(actor) });
  const side = h("nav.side", { "aria-label": "Channels" }, title, list, h("div.actor-row", {}, h("span.actor-label", {}, "Acting as"), actor));
  const main = pane("channel");
  const aside = pane("thread");
  put(root, side, main.node, aside.node);

  const draw = () => {
    settle();
    see(here.channel);
    if (here.thread) see(here.thread);
    const cast = get("cast");
    title.replaceChildren(...(get("telegram") ? [logo("discord")] : []), h("span", {}, cast.title));
    root.dataset.news = drawSide(list);
    const agent = cast.agents.find((a) => a.id === here.member);
    actor.dataset.member = agent?.id ?? "";
    if (agent) actor.replaceChildren(avatar(agent.name), h("span.actor-name", {}, h("b", {}, agent.name), h("small", {}, agent.role)), icon("down"));
    main.draw(get(`channel:${here.channel}`));
    aside.draw(get(`channel:${here.thread}`));
    root.dataset.thread = here.thread ? "open" : "";
  };
  watch((names) => {
    for (const name of names) if (/^(channel|message|answer|cast|commands|telegram)/.test(name)) return draw();
  });
  onMove((change) => {
    delete root.dataset.side;
    draw();
    if (change.thread || change.channel) (change.thread ? aside : main).arrived();
  });
  watchAnswers();
  workspace.ready = () => {
    draw();
    begin();
  };
}

function choose(anchor) {
  const entries = get("cast").agents.map((agent) => ({
    label: agent.name,
    hint: agent.role,
    picture: avatar(agent.name, "small"),
    checked: agent.id === here.member,
    test: "act-as",
    data: { member: agent.id, name: agent.name },
    run: () => move({ member: agent.id }),
  }));
  menu(anchor, entries, { label: "Act as" });
}

/** A column with the messages of one channel or thread and its composer. */
function pane(kind) {
  const head = h("header.pane-head");
  const list = h("ol.messages");
  const scroll = h("div.pane-scroll", { role: "log", "aria-label": kind === "thread" ? "Thread" : "Channel" }, list);
  const down = stick(scroll, list);
  const writer = composer(kind, down);
  const node = h(`section.pane.${kind}`, { test: `${kind}-view` }, head, scroll, writer.node);
  let shown = null;
  let drawnHead = "";
  const draw = (channel) => {
    node.hidden = !channel && kind === "thread";
    if (!channel) {
      shown = null;
      return;
    }
    const mark = JSON.stringify([channel, here.thread]);
    if (mark !== drawnHead) head.replaceChildren(...heading(channel, kind));
    drawnHead = mark;
    node.setAttribute("aria-label", channel.name);
    const count = drawMessages(list, channel, writer.take).length;
    list.dataset.empty = count ? "" : kind === "thread" ? "Nothing here yet." : onTelegram(channel) ? "No messages here yet." : `This is the beginning of #${channel.name}.`;
    writer.show(channel);
    if (shown !== channel.id) down();
    shown = channel.id;
  };
  const arrived = () => {
    down();
    if (matchMedia("(pointer: fine)").matches) writer.focus();
  };
  return { node, draw, arrived };
}

function heading(channel, kind) {
  const team = document.getElementById("team");
  const toSide = h("button.tool.to-side", { "aria-label": "Channels", onclick: () => (team.dataset.side = "open") }, icon("back"));
  const name = channel.kind === "direct" ? get("cast").users.find((u) => u.bot)?.name ?? "Bot" : channel.name;
  const sign = channel.kind === "thread" ? "thread" : channel.kind === "direct" ? "at" : "hash";
  const shut = channel.locked || (channel.kind === "topic" && channel.archived);
  const state = channel.locked ? "Locked" : shut ? "Closed" : channel.archived ? "Archived" : null;
  const left = kind === "thread" ? h("button.tool.to-channel", { "aria-label": "Back to the channel", onclick: () => move({ thread: null }) }, icon("back")) : toSide;
  return [
    left,
    channel.icon ? h("span.sign", {}, channel.icon) : icon(sign),
    h("h2", { title: name }, name),
    state && h("span.tag", {}, shut && icon("lock"), state),
    onTelegram(channel) && h("span.tag.where", {}, logo("telegram"), `${channel.title} · Telegram`),
    h("span.spring"),
    kind === "thread" && h("button.tool.to-close", { test: "thread-close", "aria-label": "Close the thread", onclick: () => move({ thread: null }) }, icon("close")),
  ].filter(Boolean);
}
