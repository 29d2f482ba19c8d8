// Keeps the map, the list below it and the address in step: what a filter leaves, which site is open,
// what part of the world is seen; and hands out what is seen as files.

"use strict";

protestcoordMap.whenReady((map, clusters, sites) => {
  const { element, texts } = protestcoordMap;
  const chosen = window.protestcoordLink; // only where a page keeps choices in its address
  const list = document.querySelector("[data-map-list]");
  const rows = new Map(
    [...(list?.querySelectorAll("[data-site]") ?? [])].map((row) => [row.dataset.site, row]),
  );
  let seen = [...sites.keys()];

  function fit(slugs, maxZoom) {
    const points = slugs.map((slug) => sites.get(slug).marker.getLatLng());
    if (points.length) map.fitBounds(L.latLngBounds(points), { padding: [40, 40], maxZoom });
  }

  /** Show these sites alone; the clusters are counted anew. */
  function keepOnly(slugs) {
    seen = slugs.filter((slug) => sites.has(slug));
    clusters.clearLayers();
    clusters.addLayers(seen.map((slug) => sites.get(slug).marker));
  }

  function open(slug) {
    const found = sites.get(slug);
    if (!found || !clusters.hasLayer(found.marker)) return false;
    clusters.zoomToShowLayer(found.marker, () => {
      protestcoordMap.fitPopup(found.marker);
      found.marker.openPopup();
    });
    return true;
  }

  // A row's button is made when its region is opened: few of ten thousand ever are.
  function addButtons(part) {
    for (const row of part.querySelectorAll("[data-site]:not([data-dressed])")) {
      row.dataset.dressed = "";
      const button = element("button", "row__map", texts.show_on_map);
      button.type = "button";
      button.setAttribute("aria-label",
        `${texts.show_on_map}: ${row.querySelector(".row__name").textContent.trim()}`);
      row.append(button);
    }
  }

  document.addEventListener("click", ({ target }) => {
    if (!target.matches(".row__map")) return;
    map.getContainer().scrollIntoView({ block: "nearest" });
    open(target.closest("[data-site]").dataset.site);
  });

  function markRow(slug, isOpen) {
    const row = rows.get(slug);
    if (!row) return;
    if (isOpen) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }

  const slugOf = (popup) => popup._source.feature.properties.mission;
  map.on("popupopen", ({ popup }) => {
    markRow(slugOf(popup), true);
    chosen?.keep("site", slugOf(popup));
  });
  map.on("popupclose", ({ popup }) => {
    markRow(slugOf(popup), false);
    chosen?.keep("site", "");
  });

  // Where the reader has moved the map to, not where a filter has.
  let isUsed = false;
  let waiting = null;
  map.on("moveend", () => {
    clearTimeout(waiting);
    if (!chosen || !isUsed) return;
    waiting = setTimeout(() => {
      const { lat, lng } = map.getCenter();
      chosen.keep("at", `${lat.toFixed(2)},${lng.toFixed(2)},${map.getZoom()}`);
    }, 400);
  });
  for (const use of ["pointerdown", "keydown", "wheel"]) {
    map.getContainer().addEventListener(use, () => { isUsed = true; }, { passive: true });
  }

  document.addEventListener("protestcoord:filtered", ({ detail }) => {
    map.closePopup();
    keepOnly(detail.sites ?? [...sites.keys()]);
    if (detail.isFirst && chosen.get("at")) return;
    if (detail.sites) fit(seen, 5);
    else protestcoordMap.showWorld(map);
  });

  let you = null;
  document.addEventListener("protestcoord:near", ({ detail }) => {
    you?.remove();
    you = L.circleMarker(detail.here, { radius: 8, className: "map-you", interactive: false });
    you.addTo(map);
    addButtons(document.querySelector("[data-near]"));
    map.fitBounds(L.latLngBounds([detail.here, ...detail.sites
      .filter((slug) => sites.has(slug))
      .map((slug) => sites.get(slug).marker.getLatLng())]), { padding: [40, 40] });
  });

  // Files of what is seen, cut out of the public files: their columns, their decimals, their guards.
  function cutGeoJson(text, slugs) {
    const collection = JSON.parse(text);
    collection.features = collection.features.filter(({ properties }) =>
      slugs.has(properties.mission));
    return JSON.stringify(collection);
  }

  // A record ends where a line ends outside of quotes (RFC 4180); what is in it stays as it is.
  function cutCsv(text, slugs) {
    const [head, ...records] = text.match(/(?:"(?:[^"]|"")*"|[^"\r\n])+\r?\n?/g) ?? [];
    return head + records.filter((record) => slugs.has(record.split(",", 1)[0])).join("");
  }

  function save(name, text, type) {
    const link = element("a", "");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  async function handOut(button) {
    const answer = await fetch(button.dataset.from);
    const isCsv = button.dataset.from.endsWith(".csv");
    const cut = (isCsv ? cutCsv : cutGeoJson)(await answer.text(), new Set(seen));
    save(isCsv ? "sites.csv" : "sites.geojson", cut, answer.headers.get("Content-Type"));
  }

  const downloads = document.querySelector("[data-seen]");
  if (downloads && location.protocol !== "file:") {
    downloads.hidden = false;
    for (const button of downloads.querySelectorAll("button[data-from]")) {
      button.addEventListener("click", () => handOut(button));
    }
    const calendar = downloads.querySelector("a[data-all]");
    document.addEventListener("protestcoord:filtered", ({ detail }) => {
      // A calendar is one file: of all, of a country or of a wave.
      const [only, more] = Object.entries(detail.wanted).filter(([, value]) => value);
      const folder = { country: "countries", wave: "waves" }[only?.[0]];
      const part = folder && !more ? `${folder}/${only[1].toLowerCase()}.ics` : "calendar.ics";
      calendar.href = calendar.dataset.all.replace(/calendar\.ics$/, part);
      calendar.textContent = folder && !more
        ? calendar.dataset.words.replace("{}", detail.names[only[0]]) : calendar.dataset.word;
    });
  }

  if (list) {
    list.addEventListener("toggle", ({ target }) => target.open && addButtons(target), true);
    for (const part of list.querySelectorAll("[open]")) addButtons(part);
  }
  if (chosen) {
    const at = chosen.get("at").split(",").map(Number);
    if (at.length === 3 && at.every(Number.isFinite)) map.setView(at.slice(0, 2), at[2]);
    const asked = chosen.get("site");
    if (asked) open(asked);
  }
});
