// Says on the timeline what happens now and next, and draws the moment on its axes. Every instant
// comes from the page; a site's local time is the server's, whose zone rules are current.

"use strict";

(() => {
  const strip = document.getElementById("now-next");
  if (!strip) return;
  const language = document.documentElement.lang || undefined;
  const MINUTE = 60000;
  const MOST_NAMED = 8;
  const SVG = "http://www.w3.org/2000/svg";
  const [now, next] = ["[data-now]", "[data-next]"].map((name) => strip.querySelector(name));
  const label = document.querySelector("th[data-yours]").textContent;
  const clockWith = (parts) => new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, {
    weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...parts,
  });
  const clock = clockWith({});
  const dated = clockWith({ day: "numeric", month: "short" });
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "always" });
  const names = new Intl.ListFormat(language, { type: "unit", style: "short" });
  const instantOf = (element) => Date.parse(element.dateTime);

  const slots = [...document.querySelectorAll(".timeline__there")].map((cell) => {
    const [starts, ends] = [...cell.querySelectorAll("time")].map(instantOf);
    const row = cell.parentElement;
    return { row, site: row.parentElement, starts, ends };
  });
  // The days that the page only names.
  const otherDays = [...document.querySelectorAll(".runs time:first-child")].map(instantOf);
  const runs = [...document.querySelectorAll(".run")].map((run) => ({
    from: Date.parse(run.dataset.from),
    minutes: Number(run.dataset.minutes),
    lines: [...run.querySelectorAll("svg.axis")].map((svg) => {
      const line = document.createElementNS(SVG, "path");
      line.setAttribute("class", "axis__now");
      svg.append(line);
      return line;
    }),
  }));

  // Only where the reader's clock shows something else than UTC, which stands there.
  function addReadersTimes() {
    if (slots.every(({ starts }) => new Date(starts).getTimezoneOffset() === 0)) return;
    for (const { row, starts } of slots) {
      const cell = row.querySelector("[data-yours]");
      cell.textContent = clock.format(starts);
      cell.dataset.label = label;
    }
    document.querySelectorAll("[data-yours]").forEach((cell) => { cell.hidden = false; });
  }

  // Where there is no tag to isolate a name, the characters that <bdi> stands for.
  function isolated(name) {
    return `\u2068${name}\u2069`;
  }

  // "84 sites: Tbilisi, Yerevan …"
  function named(some) {
    const sites = [...new Set(some.map((slot) => slot.site))];
    const cities = [...new Set(sites.map((site) => site.dataset.city))];
    const count = sites.length === 1 ? strip.dataset.one
      : strip.dataset.many.replace("{}", sites.length);
    const more = cities.length > MOST_NAMED ? " …" : "";
    return `${count}: ${names.format(cities.slice(0, MOST_NAMED).map(isolated))}${more}`;
  }

  // "in 40 minutes (Your time: Sat 9 Jan, 07:00)"
  function announced(instant, moment) {
    return `${until(instant, moment)} (${label}: ${dated.format(instant)})`;
  }

  function until(instant, moment) {
    const minutes = Math.ceil((instant - moment) / MINUTE);
    if (minutes >= 2 * 1440) return relative.format(Math.floor(minutes / 1440), "day");
    if (minutes >= 120) return relative.format(Math.floor(minutes / 60), "hour");
    return relative.format(minutes, "minute");
  }

  // A reader's voice repeats what changes, so nothing is written that stands there already.
  function say(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function tick() {
    const moment = Date.now();
    const acting = slots.filter((slot) => slot.starts <= moment && moment < slot.ends);
    for (const slot of slots) {
      slot.row.classList.toggle("is-now", slot.starts <= moment && moment < slot.ends);
    }
    const starts = [...slots.map((slot) => slot.starts), ...otherDays];
    const first = Math.min(...starts.filter((instant) => instant > moment));
    const coming = slots.filter((slot) => slot.starts === first);
    const isOver = first === Infinity;
    say(now, acting.length ? named(acting) : now.dataset.none);
    say(next, isOver ? next.dataset.none
      : announced(first, moment) + (coming.length ? `: ${named(coming)}` : ""));
    strip.hidden = isOver && !acting.length;
    for (const run of runs) {
      const minute = (moment - run.from) / MINUTE;
      const inside = minute >= 0 && minute <= run.minutes;
      for (const line of run.lines) {
        line.setAttribute("d", inside ? `M${minute.toFixed(1)} 0V100` : "");
      }
    }
  }

  addReadersTimes();
  tick();
  setInterval(tick, 30000);
})();
