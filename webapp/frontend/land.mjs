// The land under our maps: the countries of Natural Earth (public domain; the package world-atlas), made small enough
// to be sent to a telephone, each with its number (ISO 3166-1), by which the small maps name it. Imported by scripts as
// "land:", which is the address of the file.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { feature, quantize } from "topojson-client";
import { filter, planarRingArea, presimplify, quantile, simplify } from "topojson-simplify";

// How much of the corners is left, and to how many steps a side of the world is rounded; and the smallest island, in
// square degrees, so that the corners go to coasts instead.
const KEPT = 0.13;
const STEPS = 8e3;
const ISLET = 0.05;
const FAR_SOUTH = "Antarctica";

const source = createRequire(import.meta.url).resolve("world-atlas/countries-50m.json");

/** Read the countries, leave out what maps do not show, and simplify what is left (Visvalingam). */
async function small() {
  const world = JSON.parse(await readFile(source, "utf8"));
  const shown = world.objects.countries.geometries.filter((each) => each.properties.name !== FAR_SOUTH);
  const geometries = shown.map(({ type, id, arcs }) => ({ type, id, arcs }));
  const every = { ...world, objects: { countries: { type: "GeometryCollection", geometries } } };
  const large = (ring) => planarRingArea(feature(every, { type: "Polygon", arcs: [ring] }).geometry.coordinates[0]) >= ISLET;
  const bare = presimplify(filter(every, large));
  return JSON.stringify(quantize(simplify(bare, quantile(bare, KEPT)), STEPS));
}

/** The plugin for esbuild. */
export const land = {
  name: "land",
  setup(build) {
    build.onResolve({ filter: /^land:$/ }, () => ({ path: "land.json", namespace: "land" }));
    build.onLoad({ filter: /.*/, namespace: "land" }, async () => ({ contents: await small(), loader: "file" }));
  },
};
