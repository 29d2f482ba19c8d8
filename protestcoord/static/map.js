// Draws a campaign's sites on the world map: markers, clusters, popups and the legend.
// The calls and the data come from the campaign's own map.js, which folium writes; every text comes
// from there too. Data becomes text nodes and attributes, never markup.

"use strict";

window.protestcoordMap = (() => {
  const {
    texts, element, drawing, shape, area, fill, isArea, isRemote, placeOf, mark, buildingMark, areaMark,
    clusterParts, sampleCluster, WAVES, GLOBE,
  } = protestcoordMarks;

  const STATES = ["empty", "offered", "covered", "full"];
  const HELD = new Set(["covered", "full"]);
  const AREA_RADIUS_M = 12000; // a city, not a building
  const AREA_ZOOM = 8.5; // from here on, the circle of that radius is larger than its symbol
  const WIDE_PX = 640;
  const TILED_ZOOM = 12; // places are told to a hundred metres: nearer would pretend more
  const CREDIT = "Natural Earth";

  const sites = new Map(); // by mission: what is known of a site, and its marker
  const waiting = []; // other scripts, until the map stands
  let base = location.href; // of the script that holds the sites: their addresses are seen from it

  // The circle stays where the city is, also while the marks of one city are spread apart; then
  // their names would cover each other, and they are drawn as from afar.
  function circleBeside(marker, latlng, site) {
    const className = `map-circle map-${site.state}`;
    let circle;
    marker.on("add", () => {
      circle ??= L.circle(latlng, { radius: AREA_RADIUS_M, interactive: false, className });
      circle.addTo(marker._map);
      marker.getElement().classList.toggle("map-spread", Boolean(marker._spiderLeg));
    });
    marker.on("remove", () => circle.remove());
  }

  /** Turns a site into a marker: a building is a point, a city is an area. */
  function markOf(feature, latlng) {
    const site = feature.properties;
    const icon = isArea(site) ? areaMark(site) : buildingMark(site);
    const marker = L.marker(latlng, { icon });
    if (isArea(site)) circleBeside(marker, latlng, site);
    return marker;
  }

  function offsetMinutes(localStart) {
    const [, sign, hours, minutes] = localStart.match(/([+-])(\d\d):(\d\d)$/);
    return (sign === "-" ? -1 : 1) * (60 * Number(hours) + Number(minutes));
  }

  // The reader's own time, only where it differs; the time at the place is always the server's.
  function readersTime(slot) {
    const instant = new Date(slot.local_start);
    if (-instant.getTimezoneOffset() === offsetMinutes(slot.local_start)) return [];
    const language = document.documentElement.lang || undefined;
    const time = instant.toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });
    return [element("span", "map-own-time", fill(texts.your_time, { time }))];
  }

  function slotItem(slot) {
    const time = element("time", "", slot.local_label);
    time.dateTime = slot.local_start;
    const state = element("span", "map-state", shape(slot.state), texts[slot.state]);
    return element("li", "", element("span", "map-when", time, ...readersTime(slot)), state);
  }

  function slotList(slots) {
    if (!slots.length) return element("p", "map-note", texts.no_times);
    return element("ul", "map-slots", ...slots.map(slotItem));
  }

  function link(className, url, text) {
    const made = element("a", className, text);
    made.href = new URL(url, base).href;
    return made;
  }

  function linksOf(site) {
    const links = [link("", site.url, texts.site_page)];
    if (site.sign_up_url) links.unshift(link("map-sign-up", site.sign_up_url, texts.sign_up));
    return element("p", "map-links", ...links);
  }

  function notesOf(site) {
    const notes = [];
    if (isRemote(site)) notes.push(texts.remote_only);
    if (site.meeting_point) notes.push(fill(texts.meeting_point, { place: site.meeting_point }));
    else if (isArea(site)) notes.push(texts.area_note);
    return notes.map((note) => element("p", "map-note", note));
  }

  function popupOf(site) {
    const name = element("p", "map-name", element("bdi", "", site.name));
    name.tabIndex = -1;
    const where = element("p", "map-where", element("bdi", "", placeOf(site)));
    if (site.country_name) where.append(", ", element("bdi", "", site.country_name));
    const state = element("p", "map-state", shape(site.state), texts[site.state]);
    return element(
      "div", "map-popup", name, where, state, ...api.saidOf(site.mission), ...notesOf(site), slotList(site.slots), linksOf(site),
    );
  }

  // Room for a popup and its tip; beside the controls where the map is wide enough.
  function fitPopup(layer) {
    const size = layer._map.getSize();
    layer.getPopup().options.maxHeight = size.y - 90;
    layer.getPopup().options.autoPanPaddingTopLeft = [size.x > WIDE_PX ? 64 : 10, 10];
    layer.getPopup().options.autoPanPaddingBottomRight = [10, 10];
  }

  /** Gives a site's marker its popup, which is built when it is opened. */
  function bindSite(feature, layer) {
    const site = feature.properties;
    [, site.mission] = site.url.match(/(?:^|\/)sites\/([^/]+)\//); // told once, in its address
    sites.set(site.mission, { site, marker: layer });
    const frame = { className: "map-popup-frame", minWidth: 230, maxWidth: 300 };
    layer.bindPopup(() => popupOf(feature.properties), frame);
    layer.on("click keypress", () => fitPopup(layer));
  }

  const clusterSize = (count) => (count < 10 ? 42 : count < 100 ? 46 : 52);

  // A phone shows the world at half a zoom level, where clusters of one level up would overlap.
  const clusterRadius = (zoom) => (zoom <= 1 ? 76 : 56);

  /** Draws several near sites as their number, with a ring for the part that is covered. */
  function clusterIcon(cluster) {
    const markers = cluster.getAllChildMarkers();
    const count = markers.length;
    if (api.isTimed()) {
      const now = markers.filter(api.isNow).length;
      const label = fill(texts.cluster_now, { count, now });
      const className = now ? "map-cluster map-now" : "map-cluster";
      return mark(className, clusterSize(count), label, () => clusterParts(count, now, "map-solid"));
    }
    const covered = markers.filter(({ feature }) => HELD.has(feature.properties.state)).length;
    const label = fill(texts.cluster, { count, covered });
    return mark("map-cluster", clusterSize(count), label, () => clusterParts(count, covered));
  }

  function legendItem(symbol, text) {
    return element("li", "", element("span", "map-key", symbol), element("span", "", text));
  }

  // Below the map rather than on it: a phone has no room for a legend above Mexico.
  function legend() {
    const list = element(
      "ul", "map-legend",
      ...STATES.map((state) => legendItem(shape(state), texts[state])),
      legendItem(area("covered"), texts.legend_area),
      legendItem(drawing("map-remote", WAVES), texts.legend_remote),
      legendItem(sampleCluster(), texts.legend_cluster),
      ...(document.querySelector("[data-day]")
        ? [legendItem(element("span", "map-flag"), texts.legend_said)] : []),
    );
    list.setAttribute("aria-label", texts.legend);
    return list;
  }

  // At the bottom, since popups open upward.
  function zoomControl() {
    const titles = { zoomInTitle: texts.zoom_in, zoomOutTitle: texts.zoom_out };
    return L.control.zoom({ position: "bottomleft", ...titles });
  }

  function wholeWorldButton(map) {
    const button = element("button", "map-world", drawing("", GLOBE));
    button.type = "button";
    button.title = texts.whole_world;
    button.setAttribute("aria-label", texts.whole_world);
    button.addEventListener("click", () => showWorld(map));
    const bar = element("div", "leaflet-bar", button);
    L.DomEvent.disableClickPropagation(bar);
    const control = L.control({ position: "bottomleft" });
    control.onAdd = () => bar;
    return control;
  }

  // From New Zealand's longitude to Hawaii's, from Patagonia to the north of Norway.
  const showWorld = (map) => map.fitBounds([[-54, -165], [72, 179]], { padding: [4, 4] });

  // A page scrolls on when the pointer crosses the map; the wheel zooms once the map has been used.
  function zoomByWheelWhenInUse(map) {
    map.scrollWheelZoom.disable();
    map.on("focus click popupopen", () => map.scrollWheelZoom.enable());
    map.getContainer().addEventListener("mouseleave", () => map.scrollWheelZoom.disable());
  }

  function markNearness(map) {
    map.getContainer().classList.toggle("map-near", map.getZoom() >= AREA_ZOOM);
  }

  function enterPopup(map, popup) {
    const box = popup.getElement();
    const name = box.querySelector(".map-name");
    box.setAttribute("role", "dialog");
    box.setAttribute("aria-label", name.textContent);
    box.querySelector(".leaflet-popup-close-button").setAttribute("aria-label", texts.close);
    box.addEventListener("keydown", (event) => {
      if (event.key === "Escape") map.closePopup(popup);
    });
    name.focus({ preventScroll: true });
  }

  function leavePopup(popup) {
    const hadFocus = popup.getElement().contains(document.activeElement);
    if (hadFocus) popup._source.getElement()?.focus({ preventScroll: true });
  }

  // Keyboards and screen readers go into a popup when it opens, and back to its mark after.
  function leadFocus(map) {
    const frame = map.getContainer().classList;
    map.on("popupopen popupclose", ({ type }) => frame.toggle("map-reading", type === "popupopen"));
    map.on("popupopen", ({ popup }) => enterPopup(map, popup));
    map.on("popupclose", ({ popup }) => leavePopup(popup));
  }

  /** Prepares the map that folium has made: texts, controls, the view of the world. */
  function begin(map, itsTexts) {
    Object.assign(texts, itsTexts);
    base = document.currentScript?.src || location.href;
    const container = map.getContainer();
    container.setAttribute("role", "region");
    container.setAttribute("aria-label", texts.map);
    container.after(legend());
    map.attributionControl.setPrefix("").addAttribution(CREDIT);
    zoomControl().addTo(map);
    wholeWorldButton(map).addTo(map);
    map.on("zoomend", () => markNearness(map));
    zoomByWheelWhenInUse(map);
    leadFocus(map);
    map.invalidateSize({ animate: false }); // the legend may have taken some of its height
    showWorld(map);
  }

  let land = null;

  /** Makes a layer of countries; how they look is up to map.css. */
  function landOf(countries) {
    const renderer = L.svg({ padding: 0.5 });
    const style = { className: "map-land", renderer, interactive: false };
    return L.geoJSON(countries, { interactive: false, style });
  }

  function drawBasemap(map, countries) {
    land = landOf(countries).addTo(map);
  }

  if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
    const still = { zoomAnimation: false, fadeAnimation: false, markerZoomAnimation: false };
    L.Map.mergeOptions({ ...still, inertia: false });
    L.MarkerClusterGroup.mergeOptions({ animate: false });
  }

  /** Draws the operator's tiles, where the page says so to its readers. */
  function drawTiles(map, [address, credit]) {
    if (!document.querySelector("[data-tiles]")) return;
    const options = {
      attribution: element("span", "", credit).outerHTML, crossOrigin: true, maxNativeZoom: 19,
    };
    const tiles = address.endsWith(".pmtiles")
      ? pmtiles.leafletRasterLayer(new pmtiles.PMTiles(new URL(address, location.href).href), options)
      : L.tileLayer(address, options);
    map.setMaxZoom(TILED_ZOOM);
    map.attributionControl.removeAttribution(CREDIT);
    map.getContainer().classList.add("map-tiled");
    tiles.addTo(map);
  }

  /** Tells other scripts that all sites are drawn. */
  function ready(map, clusters) {
    for (const call of waiting) call(map, clusters, sites);
  }

  const api = {
    begin, drawBasemap, drawTiles, markOf, bindSite, clusterIcon, clusterRadius, ready,
    whenReady: (call) => waiting.push(call),
    isTimed: () => false, // until maptime.js shows a moment of the day
    isNow: () => false,
    saidOf: () => [], // until mapday.js knows what groups say on the day
    land: () => land,
    landOf, element, fill, texts, fitPopup, showWorld,
  };
  return api;
})();
