// Follows the day: asks for one small file again and again, and says who is at it now. The file may
// come from the site or from a copy of it. A site's local time is the server's, taken as it is told.

"use strict";

(() => {
  const follower = document.querySelector("[data-follows]");
  if (!follower) return;
  const SECOND = 1000;
  const OFTEN = 15 * SECOND;
  const SELDOM = 120 * SECOND;
  const LAG = 30 * SECOND;
  const LOST_AFTER = 3;
  const LATEST = 10;
  const words = follower.dataset;
  const language = document.documentElement.lang || undefined;
  const number = (count) => count.toLocaleString(language);
  const find = (name) => document.querySelector(`[data-${name}]`);
  const clock = (local) => local.slice(11, 16);

  const rows = new Map([...document.querySelectorAll("[data-slot]")].map((row) => [
    row.dataset.slot,
    { row, starts: Date.parse(row.dataset.starts), ends: Date.parse(row.dataset.ends), told: null },
  ]));

  function phaseOf({ row, starts, ends, told }, now) {
    if ("off" in row.dataset) return "off";
    if (told?.finished_at || ends <= now) return "over";
    if (!("held" in row.dataset) && !told?.started_at) return ""; // nobody is confirmed there
    return starts <= now || told?.started_at ? "now" : "next";
  }

  function setFigure(name, text) {
    for (const figure of document.querySelectorAll(`[data-figure="${name}"]`)) {
      figure.textContent = text;
    }
  }

  // A bar for each moment, from the first start to the last end, and how far the day has come.
  function drawStrip(now) {
    const strip = find("strip");
    if (!strip || !rows.size) return;
    const starts = [...rows.values()].map((one) => one.starts);
    const ends = [...rows.values()].map((one) => one.ends);
    const from = Math.min(...starts);
    const until = Math.max(...ends);
    const part = Math.max(0, Math.min(1, (now - from) / (until - from)));
    strip.hidden = false;
    strip.replaceChildren();
    for (const [className, share] of [["day-strip__gone", part], ["day-strip__left", 1 - part]]) {
      const piece = document.createElement("span");
      piece.className = className;
      piece.style.flexGrow = share; // set by script: the policy forbids it in the page alone
      strip.append(piece);
    }
  }

  function tellNext(now) {
    const none = find("none");
    if (!none) return;
    const ahead = [...rows.values()].filter((one) => phaseOf(one, now) === "next");
    const next = Math.min(...ahead.map((one) => one.starts));
    const moment = Number.isFinite(next) ? new Date(next).toLocaleString(
      language === "en" ? "en-GB" : language,
      { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit",
        hourCycle: "h23", timeZone: "UTC" },
    ) + " UTC" : "";
    const place = none.querySelector("[data-next-words]");
    place.textContent = moment && place.dataset.nextWords.replace("{}", moment);
  }

  function tick() {
    const now = Date.now();
    let acting = 0;
    for (const one of rows.values()) {
      const phase = phaseOf(one, now);
      one.row.dataset.phase = phase;
      const word = one.row.querySelector("[data-phase-word]");
      word.textContent = { now: words.now, over: words.over }[phase] ?? "";
      acting += phase === "now" ? 1 : 0;
    }
    setFigure("now", number(acting));
    document.querySelectorAll("[data-needs-clock]").forEach((part) => { part.hidden = false; });
    if (find("none")) find("none").hidden = acting > 0;
    const shown = find("clock");
    if (shown) shown.textContent = `${new Date(now).toISOString().slice(11, 16)} UTC`;
    tellNext(now);
    drawStrip(now);
  }

  function toldText({ started_at: started, finished_at: finished, people }) {
    const parts = [];
    if (started) parts.push(words.started.replace("{}", clock(started)));
    if (finished) parts.push(words.finished.replace("{}", clock(finished)));
    if (people) parts.push(words.people.replace("{}", number(people)));
    else if (people === 0) parts.push(words.few);
    return parts.join(" ");
  }

  function tellLatest(told) {
    const list = find("latest");
    if (!list) return;
    const lastOf = (one) => Date.parse(one.finished_at ?? one.started_at);
    const latest = told.filter((one) => one.started_at && !one.cancelled && rows.has(one.slot))
      .sort((one, other) => lastOf(other) - lastOf(one)).slice(0, LATEST);
    const news = JSON.stringify(latest);
    if (news === list.dataset.news) return; // a screen reader says again what is written again
    list.dataset.news = news;
    list.replaceChildren(...latest.map((one) => {
      const item = document.createElement("li");
      const known = rows.get(one.slot).row.querySelectorAll(".row__name, .tag");
      const parts = [...known].flatMap((part) => [part.cloneNode(true), " "]);
      item.append(...parts, toldText(one));
      return item;
    }));
  }

  function show(day) {
    // Times or places are others, so the page itself is; a copy may lag behind its own small file.
    if (day.plan !== words.plan && performance.now() > LAG) location.reload();
    for (const one of rows.values()) one.told = null;
    for (const told of day.told) {
      const one = rows.get(told.slot);
      if (one) one.told = told;
    }
    for (const { row, told } of rows.values()) {
      if (!("off" in row.dataset)) row.querySelector("[data-told]").textContent = told ? toldText(told) : "";
    }
    for (const name of ["sites_started", "countries_started"]) setFigure(name, number(day[name]));
    setFigure("people", day.people ? `${number(day.people)}+` : "–");
    tellLatest(day.told);
    tick();
  }

  let failures = 0;
  async function ask() {
    try {
      const answer = await fetch(words.follows, { cache: "no-cache" });
      const day = await answer.json();
      failures = 0;
      show(day);
    } catch {
      failures += 1;
    }
    find("lost-said").textContent = failures >= LOST_AFTER ? words.lost : "";
  }

  const pause = () => Math.min(OFTEN * 2 ** failures, SELDOM);
  async function follow() {
    if (!document.hidden) await ask();
    setTimeout(follow, pause());
  }

  // The board begins with the morning of the east: lead to where the day is.
  function leadToNow() {
    const link = find("to-now");
    const starts = [...document.querySelectorAll(".day-start")];
    const isOver = (part) => !part.querySelector('[data-phase="now"], [data-phase="next"]')
      && [...part.querySelectorAll("[data-ends]")]
        .every((row) => Date.parse(row.dataset.ends) <= Date.now());
    const present = starts.find((part) => !isOver(part));
    if (!link || !present || present === starts[0]) return;
    present.id = "now";
    link.hidden = false;
  }

  tick();
  leadToNow();
  setInterval(tick, 20 * SECOND);
  if (location.protocol !== "file:") {
    follow();
    document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
  }
})();
