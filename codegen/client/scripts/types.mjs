// Type-checks the sources, the tests, and what a consumer sees of `dist`: with each supported compiler, with and without the DOM's types,
// with Node's, with two majors of React's, and with those of Solid, Svelte and Vue.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const consumers = ["bare", "browser", "node", "react-18", "solid", "svelte", "vue"].map((name) => `tests/types/tsconfig.${name}.json`);
const runs = [
  { compiler: "typescript", projects: ["tsconfig.json", "tsconfig.tests.json", ...consumers], flags: ["--erasableSyntaxOnly"] },
  // 5.5 is older than `erasableSyntaxOnly`.
  { compiler: "typescript-5.5", projects: consumers, flags: [] },
  { compiler: "typescript-7", projects: consumers, flags: ["--erasableSyntaxOnly"] },
];

const checks = runs.flatMap(({ compiler, projects, flags }) => {
  const { version } = JSON.parse(readFileSync(`${root}/node_modules/${compiler}/package.json`, "utf8"));
  return projects.map((project) => ({ title: `TypeScript ${version} ${project}`, options: [`node_modules/${compiler}/bin/tsc`, "-p", project, ...flags] }));
});

let failures = 0;

// Each worker takes the next check; what a compiler says comes out in one piece.
async function work() {
  for (let check = checks.shift(); check !== undefined; check = checks.shift()) {
    const child = spawn(process.execPath, check.options, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text) => (output += text));
    const [status] = await once(child, "close");
    console.log(`${output}${status === 0 ? "ok  " : "FAIL"} ${check.title}`);
    if (status !== 0) failures += 1;
  }
}

await Promise.all(Array.from({ length: availableParallelism() }, work));
process.exit(failures === 0 ? 0 : 1);
