// Lets the reader watch the day run round the world: a slider over the times of the slots, the night
// on the map, and which sites are at it then. It compares instants; what a clock shows at a site is
// the server's to say.

"use strict";

protestcoordMap.whenReady((map, clusters, sites) => {
  const { element, fill, texts } = protestcoordMap;
  const MINUTE = 60000;
  const HOUR = 60 * MINUTE;
  const STEP = 15 * MINUTE;
  const APART = 36 * HOUR; // slots further apart belong to another day of protest
  const CALM = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const TICK_MS = CALM ? 1000 : 160;
  const language = document.documentElement.lang || undefined;
  const PHASES = ["now", "over", "next"];
  const HELD = new Set(["covered", "full"]);

  const spans = [...sites.values()].map(({ marker, site }) => ({
    marker,
    times: site.slots.map((slot) => {
      const start = Date.parse(slot.local_start);
      return [start, start + slot.minutes * MINUTE, HELD.has(slot.state)];
    }),
  }));
  const times = spans.flatMap((span) => span.times).sort(([one], [other]) => one - other);
  if (!times.length) return;

  // The days on which something happens, each with its first start and its last end.
  const days = [];
  for (const [start, end] of times) {
    const last = days.at(-1);
    if (last && start - last.end < APART) last.end = Math.max(last.end, end);
    else days.push({ start, end });
  }
  for (const day of days) {
    day.start = Math.floor(day.start / STEP) * STEP - HOUR;
    day.end = Math.ceil(day.end / STEP) * STEP + HOUR;
  }

  let day = days.find(({ end }) => end > Date.now()) ?? days.at(-1);
  let moment = null; // the instant that is shown, or none: then the map shows the states alone
  let timer = null;
  const phases = new Map();
  let night = null;

  const play = element("button", "map-play", element("span", "map-play-mark"), texts.play);
  const slider = element("input", "map-slider");
  const clock = element("output", "map-clock");
  const said = element("p", "map-said");
  const end = element("button", "map-end", texts.states_again);
  const bar = element("section", "map-time", play, slider, end, clock, said);
  play.type = end.type = "button";
  Object.assign(slider, { type: "range", step: STEP / MINUTE, min: 0, value: 0 });
  slider.setAttribute("aria-label", texts.time);
  bar.setAttribute("aria-label", texts.day_run);
  end.hidden = true;

  const written = (instant, zone) =>
    new Date(instant).toLocaleString(language === "en" ? "en-GB" : language, {
      weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit",
      hourCycle: "h23", timeZone: zone,
    });

  function momentText() {
    const inUtc = `${written(moment, "UTC")} UTC`;
    if (!new Date(moment).getTimezoneOffset()) return inUtc;
    return `${inUtc} · ${fill(texts.your_time, { time: written(moment) })}`;
  }

  // A site is at it, has it behind it, or before it; nothing counts of another day.
  function phaseOf(of) {
    const today = of.filter(([start, over]) => start < day.end && over > day.start);
    if (!today.length) return "";
    if (today.some(([start, over]) => start <= moment && moment < over)) return "now";
    return today.every(([, over]) => over <= moment) ? "over" : "next";
  }

  function dress(marker) {
    const icon = marker.getElement();
    if (!icon) return;
    for (const phase of PHASES) {
      icon.classList.toggle(`map-${phase}`, phases.get(marker) === phase);
    }
  }

  function tellPhases() {
    const counts = { now: 0, held: 0, over: 0, next: 0 };
    const runs = ([start, over]) => start <= moment && moment < over;
    const changed = [];
    for (const { marker, times: of } of spans) {
      const phase = moment === null ? "" : phaseOf(of);
      if (phase && clusters.hasLayer(marker)) {
        counts[phase] += 1;
        counts.held += of.some((time) => runs(time) && time[2]) ? 1 : 0;
      }
      if ((phases.get(marker) ?? "") === phase) continue;
      phases.set(marker, phase);
      changed.push(marker);
      dress(marker);
    }
    if (changed.length) clusters.refreshClusters(changed.filter((marker) => marker.__parent));
    return counts;
  }

  function drawNight() {
    night?.remove();
    night = null;
    if (moment === null) return;
    const frame = { className: "map-night", renderer: shade, interactive: false };
    night = L.polygon(protestcoordSun.nightRing(moment, -252, 252), frame).addTo(map);
  }

  map.createPane("night").style.zIndex = 450; // over the land, under the marks
  const shade = L.svg({ pane: "night", padding: 0.5 });

  function show() {
    const counts = tellPhases();
    drawNight();
    slider.value = moment === null ? 0 : (moment - day.start) / MINUTE;
    slider.setAttribute("aria-valuetext", moment === null ? texts.time : momentText());
    clock.textContent = moment === null ? "" : momentText();
    said.textContent = moment === null ? "" : fill(texts.phases, counts);
    end.hidden = moment === null;
    map.getContainer().classList.toggle("map-timed", moment !== null);
  }

  function pause() {
    clearInterval(timer);
    timer = null;
    play.classList.remove("is-playing");
    play.lastChild.textContent = texts.play;
  }

  function advance() {
    if (moment >= day.end) return pause();
    moment += STEP;
    return show();
  }

  function run() {
    if (moment === null || moment >= day.end) moment = day.start;
    play.classList.add("is-playing");
    play.lastChild.textContent = texts.pause;
    timer = setInterval(advance, TICK_MS);
    show();
  }

  function chooseDay(chosen) {
    day = chosen;
    slider.max = (day.end - day.start) / MINUTE;
    if (moment !== null) moment = day.start;
    show();
  }

  play.addEventListener("click", () => (timer ? pause() : run()));
  slider.addEventListener("input", () => {
    pause();
    moment = day.start + slider.valueAsNumber * MINUTE;
    show();
  });
  end.addEventListener("click", () => {
    pause();
    moment = null;
    show();
    play.focus();
  });
  for (const { marker } of spans) marker.on("add", () => dress(marker));
  document.addEventListener("protestcoord:filtered", () => moment !== null && show());
  protestcoordMap.isNow = (marker) => phases.get(marker) === "now";
  protestcoordMap.isTimed = () => moment !== null;

  if (days.length > 1) {
    const choice = element("select", "map-day", ...days.map(({ start }, number) => {
      const option = element("option", "", written(start + HOUR, "UTC").replace(/,? \d\d:\d\d$/, ""));
      option.value = number;
      return option;
    }));
    choice.setAttribute("aria-label", texts.day);
    choice.value = days.indexOf(day);
    choice.addEventListener("change", () => { pause(); chooseDay(days[choice.value]); });
    bar.prepend(choice);
  }
  map.getContainer().after(bar);
  if (day.start <= Date.now() && Date.now() < day.end) moment = Date.now();
  chooseDay(day);
  if (moment !== null) { moment = Date.now(); show(); }
});
