// The licences of everything that goes out with the site: the packages that the bundler took something of, each with the
// full text that it brings, and the notices that stand inside their scripts.
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

const TEXTS = /^(?:[a-z]+-)?(?:licen[cs]e|notice|copying)[^/]*?(?:\.(?:txt|md))?$/i;
const RULE = "=".repeat(80);
// What maps draw is made of this package's data, which the bundler reads by a plugin and so does not name.
const MADE_OF = ["world-atlas"];

/** The names of the packages in the bundler's list of files that it read. */
function packages(inputs) {
  const found = Object.keys(inputs).map((file) => /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(file));
  return [...new Set([...found.filter(Boolean).map((match) => match[1]), ...MADE_OF])].sort();
}

/** One package: its name, version, licence, where it is from, and each text that it brings. */
async function told(here, name) {
  const folder = join(here, "node_modules", name);
  const about = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const files = (await readdir(folder)).filter((file) => TEXTS.test(file)).sort();
  if (!files.length) throw new Error(`${name} brings no text of its licence; add it to licences.mjs`);
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
  const from = [about.repository?.url ?? about.repository ?? about.homepage ?? ""].flat()[0];
  return [RULE, `${name} ${about.version} (${about.license})`, from, RULE, "", ...texts.map((text) => `${text.replaceAll("\r\n", "\n").trim()}\n`)].join("\n");
}

/** The whole file, and the name that it has by its content. */
export async function licences(here, inputs, notices) {
  const own = await readFile(join(here, "..", "..", "LICENSE"), "utf8");
  const names = packages(inputs);
  const parts = [
    "Licences of what this site sends to browsers\n",
    `${RULE}\ncityrights: code (MIT)\n${RULE}\n\n${own.trim()}\n`,
    "The data are under CC BY 4.0: https://creativecommons.org/licenses/by/4.0/\n",
    "The land on maps is from Natural Earth, https://www.naturalearthdata.com/, which is in the public domain.\nHeadings and sentences are set in Source Serif 4, under the SIL Open Font License, whose text stands below.\n",
    ...(await Promise.all(names.map((name) => told(here, name)))),
    `${RULE}\nNotices inside these scripts\n${RULE}\n\n${notices.trim()}\n`,
  ];
  const text = parts.join("\n");
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 8).toUpperCase();
  return { text, name: `licences-${hash}.txt`, names };
}
