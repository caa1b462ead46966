// Prints the regular expressions of the site's scripts: literals as they are written, and what RegExp is called with.
// What is put together is taken from a run of its module, in which RegExp tells what it makes.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";

const [packages, frontend] = process.argv.slice(2);
const home = createRequire(pathToFileURL(`${packages}/`));
const { parse } = home("acorn");
const { simple } = home("acorn-walk");
const { buildSync, transformSync } = createRequire(pathToFileURL(`${frontend}/`))("esbuild");
const found = [];

async function made(file) {
  const plain = globalThis.RegExp;
  const seen = [];
  globalThis.RegExp = new Proxy(plain, {
    construct: (target, given) => (seen.push(given.map(String)), Reflect.construct(target, given)),
    apply: (target, self, given) => (seen.push(given.map(String)), Reflect.apply(target, self, given)),
  });
  try {
    const bundle = buildSync({ entryPoints: [file], bundle: true, format: "esm", write: false, logLevel: "error" });
    await import(`data:text/javascript;base64,${Buffer.from(bundle.outputFiles[0].text).toString("base64")}`);
  } finally {
    globalThis.RegExp = plain;
  }
  return seen;
}

for (const name of readdirSync(join(frontend, "src"), { recursive: true }).sort()) {
  if (!name.endsWith(".ts") || name.endsWith(".d.ts")) continue;
  const file = join(frontend, "src", name);
  const code = transformSync(readFileSync(file, "utf8"), { loader: "ts", target: "esnext" }).code;
  const calls = [];
  const call = (node) => node.callee.type === "Identifier" && node.callee.name === "RegExp" && calls.push(node);
  simple(parse(code, { ecmaVersion: "latest", sourceType: "module" }), {
    Literal: (node) => node.regex && found.push({ where: name, source: node.regex.pattern, flags: node.regex.flags }),
    NewExpression: call,
    CallExpression: call,
  });
  if (calls.length) {
    const seen = await made(file);
    if (seen.length < calls.length) throw new Error(`${name}: RegExp is called when the module has been read`);
    for (const [source, flags] of seen) found.push({ where: name, source, flags: flags ?? "" });
  }
}
console.log(JSON.stringify(found));
