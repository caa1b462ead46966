// Bundles src/*.ts and styles/*.css into static/dist under names that carry their content's hash, and writes the
// manifest by which the pages find them. The entries are listed here and nowhere else.
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "..", "cityrights_web", "static", "dist");
const fresh = `${target}.new`;

// site: on every page, small. The others are loaded only where they are shown.
const entries = ["src/site.ts", "styles/site.css"];

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
  loader: { ".svg": "file", ".png": "file" },
  legalComments: "linked",
  logLevel: "warning",
});

const manifest = {};
for (const [file, about] of Object.entries(metafile.outputs)) {
  if (about.entryPoint) {
    const suffix = file.endsWith(".css") ? ".css" : ".js";
    manifest[basename(about.entryPoint).replace(/\.\w+$/, suffix)] = relative(fresh, join(here, file));
  }
}
await writeFile(join(fresh, "manifest.json"), `${JSON.stringify(manifest, Object.keys(manifest).sort(), 2)}\n`);
await rm(target, { recursive: true, force: true });
await rename(fresh, target);
console.log(`bundled ${(await readdir(target)).length} files into ${relative(process.cwd(), target)}`);
