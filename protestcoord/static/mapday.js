// Lets the map follow the day as the board does: asks for the same small file again and again, marks
// the sites that have started, and says in a site's popup what its groups said.

"use strict";

protestcoordMap.whenReady((map, clusters, sites) => {
  const source = document.querySelector("[data-day]");
  if (!source || location.protocol === "file:") return;
  const { element, fill, texts } = protestcoordMap;
  const language = document.documentElement.lang || undefined;
  const SECOND = 1000;
  const OFTEN = 15 * SECOND;
  const SELDOM = 120 * SECOND;
  const BEFORE = 2 * 3600 * SECOND; // so long before the first slot groups may say something
  const AFTER = 12 * 3600 * SECOND;
  const clock = (local) => local.slice(11, 16);

  function words({ started_at: started, finished_at: finished, people }) {
    const parts = [fill(texts.started, { time: clock(started) })];
    if (finished) parts.push(fill(texts.finished, { time: clock(finished) }));
    if (people) parts.push(fill(texts.people, { number: people.toLocaleString(language) }));
    else if (people === 0) parts.push(texts.few_people);
    return parts.join(" ");
  }

  function show(day) {
    for (const known of sites.values()) known.said = [];
    for (const told of day.told) {
      const known = sites.get(told.mission);
      if (known && told.started_at && !told.cancelled) known.said.push(told);
    }
    for (const { marker, said } of sites.values()) {
      const isOn = said.some((told) => !told.finished_at);
      marker.getElement()?.classList.toggle("map-said", isOn);
    }
  }

  // Marks are made anew whenever the map moves.
  for (const known of sites.values()) {
    known.said = [];
    known.marker.on("add", () => {
      const isOn = known.said.some((told) => !told.finished_at);
      known.marker.getElement()?.classList.toggle("map-said", isOn);
    });
  }
  protestcoordMap.saidOf = (mission) =>
    (sites.get(mission)?.said ?? []).map((told) => element("p", "map-note", words(told)));

  let failures = 0;
  async function follow() {
    let wait = OFTEN;
    if (!document.hidden) {
      try {
        const day = await (await fetch(source.dataset.day, { cache: "no-cache" })).json();
        failures = 0;
        show(day);
        const isOn = Date.parse(day.starts_at) - BEFORE < Date.now()
          && Date.now() < Date.parse(day.ends_at) + AFTER;
        if (!isOn) wait = SELDOM;
      } catch {
        failures += 1;
      }
    }
    setTimeout(follow, Math.min(wait * 2 ** failures, SELDOM));
  }
  follow();
});
