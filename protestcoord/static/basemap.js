// Draws more of the world the nearer the reader comes: finer coasts and borders of the regions in
// sight, each a script of its own that is loaded once, and the names of countries where they have
// room. Names are in the page's language, as the browser knows them.

"use strict";

protestcoordMap.whenReady((map) => {
  const FINE_FROM_ZOOM = 5;
  const NAMES_FROM_ZOOM = 2.5;
  const LATIN_PX = 7;
  const WIDE_PX = 13; // of Chinese, Japanese and Korean
  const language = document.documentElement.lang || "en";
  const places = window.protestcoordPlaces;
  if (!places) return;

  const coarse = document.querySelector('script[src*="basemap/countries-map.js"]');
  const addressOf = (region) => coarse.src.replace("countries-map.js", `region-${region}.js`);
  const asked = new Set();
  const fine = new Map(); // by region, once it is there

  protestcoordMap.addDetail = (region, shapes) => {
    fine.set(region, protestcoordMap.landOf(shapes));
    refine();
  };

  function ask(region) {
    if (asked.has(region)) return;
    asked.add(region);
    const script = document.createElement("script");
    script.src = addressOf(region);
    document.head.append(script);
  }

  function regionsInSight() {
    const seen = map.getBounds();
    return Object.entries(places.regions)
      .filter(([, boxes]) => boxes.some(([south, west, north, east]) =>
        seen.intersects([[south, west], [north, east]])))
      .map(([region]) => region);
  }

  // The coarse world stays until every region in sight is there, so that no land is ever missing.
  function refine() {
    const isNear = coarse && map.getZoom() >= FINE_FROM_ZOOM;
    const wanted = isNear ? regionsInSight() : [];
    wanted.forEach(ask);
    const isWhole = isNear && wanted.every((region) => fine.has(region));
    for (const [region, land] of fine) {
      if (isWhole && wanted.includes(region)) land.addTo(map);
      else land.remove();
    }
    if (isWhole) protestcoordMap.land().remove();
    else protestcoordMap.land().addTo(map);
  }

  const names = L.layerGroup();
  const nameOf = (() => {
    try {
      const known = new Intl.DisplayNames([language], { type: "region" });
      return (iso2) => known.of(iso2);
    } catch {
      return () => ""; // an old browser: the list names every country
    }
  })();
  const isWide = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/;
  const widthOf = (name) => name.length * (isWide.test(name) ? WIDE_PX : LATIN_PX) + 8;

  function writeNames() {
    names.clearLayers();
    const zoom = map.getZoom();
    if (zoom < NAMES_FROM_ZOOM) return;
    const pxPerDegree = (256 * 2 ** zoom) / 360;
    for (const [iso2, [latitude, longitude, room]] of Object.entries(places.names)) {
      const name = nameOf(iso2);
      const width = widthOf(name);
      if (!name || room * pxPerDegree < width) continue;
      const html = document.createElement("span");
      html.textContent = name;
      html.setAttribute("aria-hidden", "true");
      const icon = L.divIcon({ className: "map-country", html, iconSize: [width, 16] });
      L.marker([latitude, longitude], { icon, pane: "names", interactive: false, keyboard: false })
        .addTo(names);
    }
  }

  const pane = map.createPane("names"); // over the land and the night, under the marks
  pane.style.zIndex = 460;
  pane.style.pointerEvents = "none";
  names.addTo(map);
  map.on("zoomend", writeNames);
  map.on("moveend", refine);
  writeNames();
  refine();
});
