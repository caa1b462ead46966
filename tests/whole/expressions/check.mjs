// Asks the checker about each expression of a list on standard input, and prints what it found.
// Nothing is told by the time that passes: only by what its analysis counts.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const home = createRequire(pathToFileURL(`${process.argv[2]}/`));
const { check } = home("recheck");
const limits = { timeout: null, attackTimeout: null, incubationTimeout: null };
let text = "";
for await (const piece of process.stdin) text += piece;
const asked = JSON.parse(text);
const found = new Array(asked.length);
let next = 0;

async function work() {
  while (next < asked.length) {
    const place = next++;
    const { status, complexity, attack, error } = await check(asked[place].source, asked[place].flags, limits);
    const pumps = attack?.pumps?.map(({ prefix, pump }) => [prefix, pump]);
    found[place] = { status, degree: complexity?.summary ?? error?.kind ?? "", pumps: pumps ?? [], suffix: attack?.suffix ?? "" };
  }
}

await Promise.all([work(), work()]);
console.log(JSON.stringify(found));
