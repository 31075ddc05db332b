// Type-checks the sources, the tests, and what a consumer sees of `dist`: with each supported compiler, with and without the DOM's types,
// with Node's, with two majors of React's, and with those of Solid, Svelte and Vue.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const consumers = ["bare", "browser", "node", "react-18", "solid", "svelte", "vue"].map((name) => `tests/types/tsconfig.${name}.json`);
const runs = [
  { compiler: "typescript", projects: ["tsconfig.json", "tsconfig.tests.json", ...consumers], flags: ["--erasableSyntaxOnly"] },
  // 5.5 is older than `erasableSyntaxOnly`.
  { compiler: "typescript-5.5", projects: consumers, flags: [] },
  { compiler: "typescript-7", projects: consumers, flags: ["--erasableSyntaxOnly"] },
];

let failures = 0;
for (const { compiler, projects, flags } of runs) {
  const { version } = JSON.parse(readFileSync(`${root}/node_modules/${compiler}/package.json`, "utf8"));
  for (const project of projects) {
    const { status } = spawnSync(process.execPath, [`node_modules/${compiler}/bin/tsc`, "-p", project, ...flags], { cwd: root, stdio: "inherit" });
    console.log(`${status === 0 ? "ok  " : "FAIL"} TypeScript ${version} ${project}`);
    if (status !== 0) failures += 1;
  }
}
process.exit(failures === 0 ? 0 : 1);
