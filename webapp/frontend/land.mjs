// The land under our maps: the countries of Natural Earth (public domain; the package world-atlas), made small enough
// to be sent to a telephone, each with its number (ISO 3166-1), by which the maps name it. Imported by scripts as "land:"
// and, with a coast that is good to look at from near, as "coast:"; these are the addresses of the files.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { feature, quantize } from "topojson-client";
import { filter, planarRingArea, presimplify, quantile, simplify } from "topojson-simplify";

// How much of the corners is left, and to how many steps a side of the world is rounded; and the smallest island, in
// square degrees, so that the corners go to coasts instead.
const LAYERS = { land: { kept: 0.13, steps: 8e3, islet: 0.05 }, coast: { kept: 0.7, steps: 4e4, islet: 0.001 } };
const FAR_SOUTH = "Antarctica";

const source = createRequire(import.meta.url).resolve("world-atlas/countries-50m.json");

/** Read the countries, leave out what maps do not show, and simplify what is left (Visvalingam). */
async function small({ kept, steps, islet }) {
  const world = JSON.parse(await readFile(source, "utf8"));
  const shown = world.objects.countries.geometries.filter((each) => each.properties.name !== FAR_SOUTH);
  const geometries = shown.map(({ type, id, arcs }) => ({ type, id, arcs }));
  const every = { ...world, objects: { countries: { type: "GeometryCollection", geometries } } };
  const large = (ring) => planarRingArea(feature(every, { type: "Polygon", arcs: [ring] }).geometry.coordinates[0]) >= islet;
  const bare = presimplify(filter(every, large));
  return JSON.stringify(quantize(simplify(bare, quantile(bare, kept)), steps));
}

/** The plugin for esbuild. */
export const land = {
  name: "land",
  setup(build) {
    build.onResolve({ filter: /^(land|coast):$/ }, ({ path }) => ({ path: `${path.slice(0, -1)}.json`, namespace: "land" }));
    build.onLoad({ filter: /.*/, namespace: "land" }, async ({ path }) => {
      return { contents: await small(LAYERS[path.slice(0, -".json".length)]), loader: "file" };
    });
  },
};
