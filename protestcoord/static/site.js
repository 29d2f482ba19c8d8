// Adds to a page what only the reader's device knows: the time until the start, the reader's own
// clock, a filter for long lists, a copy button. Without it every page says the same.
// It never computes a site's local time: that is the server's, whose zone rules are current.

"use strict";

(() => {
  const language = document.documentElement.lang || undefined;
  const MINUTE = 60000;
  const HOUR = 60 * MINUTE;
  const DAY = 24 * HOUR;

  // "in 46 days", "in 30 hours", "in 5 minutes"; nothing once it has begun.
  function timeUntil(instant) {
    const left = instant - Date.now();
    if (left <= 0) return "";
    const words = new Intl.RelativeTimeFormat(language, { numeric: "always" });
    if (left >= 2 * DAY) return words.format(Math.floor(left / DAY), "day");
    if (left >= 2 * HOUR) return words.format(Math.floor(left / HOUR), "hour");
    return words.format(Math.ceil(left / MINUTE), "minute");
  }

  function countDown(element) {
    const text = timeUntil(Date.parse(element.dataset.countdown || element.dateTime));
    element.textContent = (element.dataset.words || "{}").replace("{}", text);
    element.hidden = !text;
  }

  function offsetMinutes(text) {
    if (text.endsWith("Z")) return 0;
    const [, sign, hours, minutes] = text.match(/([+-])(\d\d):(\d\d)$/);
    return (sign === "-" ? -1 : 1) * (60 * Number(hours) + Number(minutes));
  }

  // Only where the reader's clock shows something else than what stands there.
  function addReadersTime(element) {
    const instant = new Date(element.dateTime);
    if (-instant.getTimezoneOffset() === offsetMinutes(element.dateTime)) return;
    const moment = instant.toLocaleString(language === "en" ? "en-GB" : language, {
      weekday: "short", day: "numeric", month: "short", year: "numeric",
      hour: "2-digit", minute: "2-digit", hourCycle: "h23",
    });
    const note = document.createElement("span");
    note.className = "readers-time";
    note.textContent = element.dataset.reader.replace("{}", moment);
    element.after(" ", note);
  }

  const plain = (text) =>
    text.normalize("NFKD").replace(/\p{Mark}/gu, "").toLocaleLowerCase(language);

  function wordsOf(row) {
    const group = row.closest("[data-words]");
    return plain(`${row.textContent} ${group ? group.dataset.words : ""}`);
  }

  function startFilter(box) {
    const list = document.getElementById(box.dataset.filter);
    const rows = [...list.querySelectorAll("[data-row]")].map((row) => [row, wordsOf(row)]);
    const groups = [...list.querySelectorAll("[data-group]")].reverse();
    const opened = new Map(groups.map((group) => [group, group.open]));
    const [input, count] = ["input", "[role=status]"].map((name) => box.querySelector(name));
    const selects = [...box.querySelectorAll("select")];
    const fields = [input, ...selects];
    const chosen = "deep" in box.dataset ? window.protestcoordLink : null;

    // What a row, or the group it stands in, says of itself.
    const valuesOf = (row, name) =>
      (row.closest(`[data-${name}]`)?.dataset[name] ?? "").split(" ");

    function apply({ isFirst = false } = {}) {
      const wanted = plain(input.value).split(/\s+/).filter(Boolean);
      const asked = selects.filter(({ value }) => value);
      const filtering = wanted.length > 0 || asked.length > 0;
      let shown = 0;
      for (const [row, words] of rows) {
        const right = asked.every(({ name, value }) => valuesOf(row, name).includes(value));
        row.hidden = !right || !wanted.every((word) => words.includes(word));
        shown += row.hidden ? 0 : 1;
      }
      for (const group of groups) {
        group.hidden = !group.querySelector("[data-row]:not([hidden])");
        if ("open" in group) group.open = filtering || opened.get(group);
      }
      count.textContent = filtering ? count.dataset.count.replace("{}", shown) : "";
      for (const { name, value } of fields) chosen?.keep(name, value);
      if (chosen) tellOthers(filtering, isFirst);
    }

    // The map beside the list shows what is left.
    function tellOthers(filtering, isFirst) {
      const left = rows.filter(([row]) => !row.hidden).map(([row]) => row.dataset.site);
      const detail = {
        isFirst,
        sites: filtering ? left : null,
        wanted: Object.fromEntries(fields.map(({ name, value }) => [name, value])),
        names: Object.fromEntries(selects.map((one) => [one.name, one.selectedOptions[0]?.text])),
      };
      document.dispatchEvent(new CustomEvent("protestcoord:filtered", { detail }));
    }

    for (const field of fields) {
      field.addEventListener(field === input ? "input" : "change", apply);
      if (chosen?.get(field.name)) field.value = chosen.get(field.name);
    }
    box.hidden = false;
    if (fields.some(({ value }) => value)) apply({ isFirst: true }); // kept by browser or address
  }

  function startCopying(button) {
    const field = button.parentElement.querySelector("input, textarea");
    const label = button.textContent;
    field.addEventListener("focus", () => field.select());
    if (!navigator.clipboard) return;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(field.value);
      button.textContent = button.dataset.copy;
      setTimeout(() => { button.textContent = label; }, 2000);
    });
  }

  // "4 years ago", "3 months ago": how old a date is that may lack its day or month.
  function tellAge(element) {
    const [year, month] = element.dataset.age.split("-").map(Number);
    const today = new Date();
    const words = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
    const months = 12 * (today.getFullYear() - year) + today.getMonth() + 1 - month;
    const inYears = !month || months >= 24;
    const age = inYears ? Math.floor((month ? months : 12 * (today.getFullYear() - year)) / 12) : months;
    if (age >= 0) element.textContent = words.format(-age, inYears ? "year" : "month");
  }

  const momentText = (instant) =>
    instant.toLocaleString(language === "en" ? "en-GB" : language, {
      day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit",
      hourCycle: "h23", timeZone: "UTC",
    }) + " UTC";

  // A copy comes with a script that says when it was made.
  function tellWhenMade(note) {
    const made = document.documentElement.dataset.made;
    if (!made) return;
    note.textContent = note.dataset.when.replace("{}", momentText(new Date(made)));
    note.hidden = false;
  }

  // The server's two clocks are compared with each other, never with the reader's.
  const STALE_AFTER = 2 * MINUTE;
  async function tellIfStale(banner) {
    let currentAt;
    try {
      const answer = await fetch(document.documentElement.dataset.status, { cache: "no-cache" });
      currentAt = Date.parse((await answer.json()).current_at);
      const age = Date.parse(answer.headers.get("Date")) - currentAt;
      if (!(age > STALE_AFTER)) currentAt = NaN;
    } catch {
      return; // offline: the browser says so itself
    }
    const isStale = !Number.isNaN(currentAt);
    banner.textContent = isStale
      ? banner.dataset.stale.replace("{}", momentText(new Date(currentAt))) : "";
  }

  function watchAge(banner) {
    tellIfStale(banner);
    setInterval(() => { if (!document.hidden) tellIfStale(banner); }, MINUTE);
  }

  function lookAgain(notice) {
    setTimeout(() => location.reload(), notice.dataset.again * 1000);
  }

  const countdowns = document.querySelectorAll("[data-countdown]");
  const tick = () => countdowns.forEach(countDown);
  tick();
  if (countdowns.length) setInterval(tick, 30000);
  document.querySelectorAll("time[data-reader]").forEach(addReadersTime);
  document.querySelectorAll("[data-age]").forEach(tellAge);
  document.querySelectorAll("[data-filter]").forEach(startFilter);
  document.querySelectorAll("[data-copy]").forEach(startCopying);
  document.querySelectorAll("[data-when]").forEach(tellWhenMade);
  document.querySelectorAll("[data-stale]").forEach(watchAge);
  document.querySelectorAll("[data-again]").forEach(lookAgain);
})();
