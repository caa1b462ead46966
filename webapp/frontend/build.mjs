// Bundles src/*.ts and styles/*.css into static/dist under names that carry their content's hash, packs each with
// brotli, and writes the manifest by which the pages find them. The entries are listed here and nowhere else.
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "esbuild";
import { land } from "./land.mjs";
import { licences } from "./licences.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "..", "cityrights_web", "static", "dist");
const fresh = `${target}.new`;
const WORTH = 1024; // smaller files are never sent packed

// site: on every page, small. The others are loaded only where they are shown.
const entries = [
  "src/site.ts", "src/workbench.ts", "styles/site.css", "styles/workbench.css", "styles/map.css", "styles/network.css",
];

await rm(fresh, { recursive: true, force: true });
await mkdir(fresh, { recursive: true });
const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: entries,
  outdir: fresh,
  entryNames: "[name]-[hash]",
  chunkNames: "part-[hash]",
  assetNames: "[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["es2022", "chrome111", "firefox115", "safari16.4"],
  minify: true,
  metafile: true,
  loader: { ".svg": "file", ".png": "file", ".woff2": "file" },
  legalComments: "linked",
  logLevel: "warning",
  plugins: [land],
});

const manifest = {};
for (const [file, about] of Object.entries(metafile.outputs)) {
  if (about.entryPoint) {
    const suffix = file.endsWith(".css") ? ".css" : ".js";
    manifest[basename(about.entryPoint).replace(/\.\w+$/, suffix)] = relative(fresh, join(here, file));
  }
}
// The face that every page's headings have is asked for early.
const serif = Object.keys(metafile.outputs).find((file) => /latin-600-normal-\w+\.woff2$/.test(file));
manifest["serif.woff2"] = relative(fresh, join(here, serif));
const notices = (await readdir(fresh)).filter((name) => name.endsWith(".LEGAL.txt")).sort();
const said = await Promise.all(notices.map((name) => readFile(join(fresh, name), "utf8")));
const told = await licences(here, metafile.inputs, said.join("\n"));
await writeFile(join(fresh, told.name), told.text);
manifest["licences.txt"] = told.name;
await writeFile(join(fresh, "manifest.json"), `${JSON.stringify(manifest, Object.keys(manifest).sort(), 2)}\n`);
for (const name of await readdir(fresh)) {
  const body = await readFile(join(fresh, name));
  if (body.length < WORTH || /\.(?:png|woff2)$/.test(name)) continue;
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: body.length };
  await writeFile(join(fresh, `${name}.br`), brotliCompressSync(body, { params }));
}
await rm(target, { recursive: true, force: true });
await rename(fresh, target);
console.log(`bundled ${(await readdir(target)).length} files into ${relative(process.cwd(), target)}`);
