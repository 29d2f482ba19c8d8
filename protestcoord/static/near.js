// Shows which missions of the list are nearest to the reader, after a press. The position is asked
// of the browser, compared with the list on this page, and goes nowhere else.

"use strict";

(() => {
  const box = document.querySelector("[data-near]");
  const rows = [...document.querySelectorAll(".row[data-at]")];
  if (!box || !rows.length || !window.isSecureContext || !navigator.geolocation) return;

  const MOST = 10;
  const EARTH_KM = 6371;
  const language = document.documentElement.lang || undefined;
  const [button, said, list] = ["button", "[role=status]", "ol"].map((name) =>
    box.querySelector(name));
  const radians = (degrees) => (degrees * Math.PI) / 180;

  // On a sphere, by the haversine formula.
  function kmBetween([latitude1, longitude1], [latitude2, longitude2]) {
    const half = (one, other) => Math.sin(radians(other - one) / 2) ** 2;
    const square = half(latitude1, latitude2)
      + Math.cos(radians(latitude1)) * Math.cos(radians(latitude2)) * half(longitude1, longitude2);
    return 2 * EARTH_KM * Math.asin(Math.sqrt(square));
  }

  const distanceText = (km) =>
    `${Math.max(Math.round(km), 1).toLocaleString(language)}\u00a0km`;

  function rowWithDistance([km, row]) {
    const copy = row.cloneNode(true);
    const far = document.createElement("b");
    far.className = "row__far";
    far.textContent = distanceText(km);
    const country = row.closest(".country");
    if (country) {
      const kind = copy.querySelector(".row__name > span");
      kind.append(` · ${country.querySelector("h3, h4").textContent}`);
    }
    const place = copy.querySelector(".row__when");
    place.querySelectorAll(".row__far").forEach((known) => known.remove());
    place.prepend(far, " ");
    return copy;
  }

  function show({ coords }) {
    const here = [coords.latitude, coords.longitude];
    const near = rows
      .filter((row) => !row.hidden)
      .map((row) => [kmBetween(here, row.dataset.at.split(",").map(Number)), row])
      .sort(([one], [other]) => one - other)
      .slice(0, MOST);
    list.replaceChildren(...near.map(rowWithDistance));
    list.hidden = false;
    said.textContent = box.dataset.done;
    const sites = near.map(([, row]) => row.dataset.site);
    document.dispatchEvent(new CustomEvent("protestcoord:near", { detail: { here, sites } }));
  }

  function fail() {
    said.textContent = box.dataset.failed;
  }

  button.addEventListener("click", () => {
    said.textContent = box.dataset.waiting;
    navigator.geolocation.getCurrentPosition(show, fail, { timeout: 20000, maximumAge: 600000 });
  });
  box.hidden = false;
})();
