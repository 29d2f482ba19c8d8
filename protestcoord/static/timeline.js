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
  const dated = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, {
    weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit",
    hourCycle: "h23",
  });
  const clock = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, {
    weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  });
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "always" });
  const names = new Intl.ListFormat(language, { type: "unit", style: "short" });

  const slots = [...document.querySelectorAll(".timeline tr[data-end]")].map((row) => ({
    row,
    city: row.parentElement.dataset.city,
    starts: Date.parse(row.children[row.children[0].tagName === "TH" ? 2 : 1]
      .querySelector("time").dateTime),
    ends: Date.parse(row.dataset.end),
  }));
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

  function addReadersTimes() {
    for (const { row, starts } of slots) {
      const cell = row.querySelector("[data-yours]");
      cell.textContent = clock.format(starts);
      cell.dataset.label = label;
    }
    document.querySelectorAll("[data-yours]").forEach((cell) => { cell.hidden = false; });
  }

  function named(cities) {
    const some = [...new Set(cities)];
    const more = some.length - MOST_NAMED;
    const text = names.format(some.slice(0, MOST_NAMED));
    return more > 0 ? `${text} … (+${more})` : text;
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
    const ahead = slots.filter((slot) => slot.starts > moment);
    const first = Math.min(...ahead.map((slot) => slot.starts));
    const coming = ahead.filter((slot) => slot.starts === first);
    for (const slot of slots) slot.row.classList.toggle("is-now", acting.includes(slot));
    say(now, acting.length
      ? `${new Set(acting.map((slot) => slot.city)).size}: ${named(acting.map((slot) => slot.city))}`
      : now.dataset.none);
    say(next, coming.length
      ? `${until(first, moment)} (${label}: ${dated.format(first)}): ${named(coming.map((s) => s.city))}`
      : next.dataset.none);
    strip.hidden = !acting.length && !coming.length;
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
