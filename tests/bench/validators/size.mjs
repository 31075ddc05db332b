// What validators add to a page: the client without any event, with five and with fifty, bundled and minified by esbuild, compressed by gzip.
// Ends with 1 if a bound is broken.

import { gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { moduleText } from "./contract.mjs";
import { fifty, five, types } from "./events.mjs";

const dist = fileURLToPath(new URL("../../../codegen/client/dist", import.meta.url));

/** Bytes on top of the client. */
const BOUNDS = { 5: 1500, 50: 2500 };

/** The client of a contract, as an application gets it. */
async function bundle(contract) {
  const contents = `${contract}\nimport { clientFactory } from ${JSON.stringify(`${dist}/index.js`)};\nexport const createClient = clientFactory(contract);\n`;
  const { outputFiles } = await build({ stdin: { contents, resolveDir: dist, loader: "js" }, bundle: true, write: false, minify: true, format: "esm", target: "es2022", charset: "utf8" });
  const [file] = outputFiles;
  return { minified: file.contents.length, gzip: gzipSync(file.contents, { level: 9 }).length };
}

const row = (name, ...cells) => console.log(name.padEnd(44) + cells.map((cell) => String(cell).padStart(12)).join(""));

const core = await bundle(moduleText({}, {}, dist));
row("", "minified", "gzip", "added gzip", "bound");
row("client, a contract without events", core.minified, core.gzip);
let broken = false;
for (const [count, events] of [[5, five], [50, fifty]]) {
  const size = await bundle(moduleText(types, events, dist));
  const added = size.gzip - core.gzip;
  row(`client, ${count} events with validators`, size.minified, size.gzip, added, BOUNDS[count]);
  if (added > BOUNDS[count]) broken = true;
}
if (broken) {
  console.log("a bound is broken");
  process.exitCode = 1;
}
