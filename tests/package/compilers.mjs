/** The compilers that a package has to pass, and what may be around it. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { definitions, filesOf, generate, root, temporaryFolder } from "./support.mjs";

/** The compilers and React's types are those that the client runtime is tested with. */
const modules = join(root, "codegen/client/node_modules");

export const acme = { name: "acme-live", definition: definitions.file };
export const awkward = { name: "awkward", definition: ["--schema", fileURLToPath(new URL("awkward.yaml", import.meta.url))] };

export const live = { name: "live-board", definition: ["--schema", fileURLToPath(new URL("live.yaml", import.meta.url))] };

export const compilers = ["typescript-5.5", "typescript", "typescript-7"].map((name) => {
  const { version } = JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8"));
  return { version: String(version), program: join(modules, name, "bin/tsc"), knows: (/** @type {number} */ minor) => name !== "typescript-5.5" || minor <= 5 };
});

/** What the oldest and the newest take, those between do: enough where declarations are compiled with each of them. */
export const outermost = compilers.filter((_, at) => at === 0 || at === compilers.length - 1);

export const resolutions = [
  { moduleResolution: "bundler", module: "ESNext" },
  { moduleResolution: "nodenext", module: "NodeNext" },
];

const DOM = ["ES2022", "DOM", "DOM.Iterable"];

/** @typedef {{ name: string, contract: { name: string, definition: readonly string[] }, consumer: string, lib: readonly string[], types: readonly string[], packages: Record<string, string>, jsx: { jsx?: string, jsxImportSource?: string } }} Surrounding */

/**
 * What a project that uses the package may have around it.
 *
 * @type {readonly Surrounding[]}
 */
export const surroundings = [
  { name: "nothing around", contract: acme, consumer: "consumer.ts", lib: ["ES2022"], types: [], packages: {}, jsx: {} },
  { name: "awkward names", contract: awkward, consumer: "awkward-consumer.ts", lib: ["ES2022"], types: [], packages: {}, jsx: {} },
  { name: "live queries", contract: live, consumer: "live-consumer.ts", lib: ["ES2022"], types: [], packages: {}, jsx: {} },
  { name: "live queries and React 19 around", contract: live, consumer: "live-react-consumer.tsx", lib: DOM, types: [], packages: { "@types/react": "@types/react" }, jsx: {} },
  { name: "Node's types around", contract: acme, consumer: "consumer.ts", lib: ["ES2022"], types: ["node"], packages: { "@types/node": "@types/node", "undici-types": "undici-types" }, jsx: {} },
  { name: "the DOM and React 19 around", contract: acme, consumer: "react-consumer.tsx", lib: DOM, types: [], packages: { "@types/react": "@types/react" }, jsx: {} },
  { name: "the DOM and React 18 around", contract: acme, consumer: "react-consumer.tsx", lib: DOM, types: [], packages: { "@types/react": "@types/react-18" }, jsx: {} },
];

/**
 * The same with frameworks, whose types take compilers long: they have files of tests of their own.
 *
 * @type {readonly Surrounding[]}
 */
export const frameworks = [
  { name: "the DOM and Solid around", contract: acme, consumer: "solid-consumer.tsx", lib: DOM, types: [], packages: { "solid-js": "solid-js" }, jsx: { jsx: "preserve", jsxImportSource: "solid-js" } },
  { name: "the DOM and Svelte around", contract: acme, consumer: "svelte-consumer.ts", lib: DOM, types: [], packages: { svelte: "svelte" }, jsx: {} },
  { name: "the DOM and Vue around", contract: acme, consumer: "vue-consumer.ts", lib: DOM, types: [], packages: { vue: "vue" }, jsx: {} },
];

/**
 * Tests that a package compiles, and what uses it, in one of the surroundings.
 *
 * @param {Surrounding} surrounding
 * @param {readonly string[]} form - Options of the generator.
 * @param {readonly { moduleResolution: string, module: string }[]} resolutions
 * @param {typeof compilers} [by]
 */
export function testSurrounding({ name, contract, consumer, lib, types, packages, jsx }, form, resolutions, by = compilers) {
  const folder = project(contract, packages, form);
  // Sources are checked whatever is said of declarations: those of whoever is around need not be looked into again, nor the few of the package, which name
  // none of them and have been looked into where nobody is around.
  const skipLibCheck = form.includes("ts") && Object.keys(packages).length > 0;
  if (consumer !== "") copyFileSync(fileURLToPath(new URL(consumer, import.meta.url)), join(folder, consumer));
  for (const compiler of by) {
    for (const resolution of resolutions) {
      test(`TypeScript ${compiler.version}, ${resolution.moduleResolution}, ${name}`, async () => {
        const { status, output } = await compile(folder, contract, compiler, { ...resolution, ...jsx, lib, types, skipLibCheck }, consumer);
        assert.equal(status, 0, output);
      });
    }
  }
}

/**
 * Tests that each `@ts-expect-error` of a consumer stands before an error; without it, the line has one, and no other line has.
 *
 * @param {Surrounding} surrounding
 * @param {readonly string[]} [form] - Options of the generator.
 */
export async function assertAssertions({ contract, consumer, lib, types, packages, jsx }, form) {
  const folder = project(contract, packages, form);
  const lines = readFileSync(new URL(consumer, import.meta.url), "utf8").split("\n");
  const asserted = lines.flatMap((line, at) => (line.includes("// @ts-expect-error") ? [at + 2] : []));
  assert.ok(asserted.length > 0);
  writeFileSync(join(folder, consumer), lines.map((line) => line.replace("// @ts-expect-error", "//")).join("\n"));
  await Promise.all(
    compilers.map(async (compiler) => {
      // Only the consumer is new: the declarations have been checked in the same surrounding.
      const { output } = await compile(folder, contract, compiler, { moduleResolution: "bundler", module: "ESNext", ...jsx, lib, types, skipLibCheck: true }, consumer);
      const found = [...output.matchAll(/^(\S+)\((\d+),\d+\): error/gm)].map(([, file, line]) => ({ file, line: Number(line) }));
      assert.deepEqual([...new Set(found.map(({ file }) => file))], [consumer], output);
      assert.deepEqual([...new Set(found.map(({ line }) => line))], asserted, output);
    }),
  );
}

/**
 * A folder in which the package of a contract is installed, and nothing else but these packages: name, and what stands in for it.
 *
 * @param {{ name: string, definition: readonly string[] }} contract
 * @param {Record<string, string>} packages
 * @param {readonly string[]} form - Options of the generator.
 */
export function project({ name, definition }, packages, form = []) {
  const folder = temporaryFolder();
  generate([...definition, "--out", join(folder, "node_modules", name), ...form]);
  writeFileSync(join(folder, "package.json"), `{ "type": "module" }\n`);
  for (const [other, source] of Object.entries(packages)) {
    mkdirSync(join(folder, "node_modules", other, ".."), { recursive: true });
    symlinkSync(join(modules, source), join(folder, "node_modules", other));
  }
  return folder;
}

/**
 * Compiles a consumer, and every declaration or source of the package, with all that is strict.
 *
 * @param {string} folder
 * @param {{ name: string }} contract
 * @param {{ version: string, program: string, knows: (minor: number) => boolean }} compiler
 * @param {{ moduleResolution: string, module: string, lib: readonly string[], types: readonly string[], jsx?: string, jsxImportSource?: string, skipLibCheck?: boolean }} options
 * @param {string} consumer
 */
export async function compile(folder, { name }, { version, program, knows }, options, consumer) {
  const all = filesOf(join(folder, "node_modules", name)).filter((path) => path.endsWith(".ts"));
  assert.ok(all.includes("index.d.ts") || all.includes("index.ts"));
  // The declarations for a framework name none of its types. React's bindings come as sources, too, which do, and are for who has them.
  const checked = all.filter((path) => !/(^|\/)react\.ts$/.test(path) || consumer === "react-consumer.tsx");
  const files = [...(consumer === "" ? [] : [consumer]), ...checked.map((path) => `node_modules/${name}/${path}`)];
  const compilerOptions = {
    target: "ES2022",
    jsx: "react-jsx",
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noPropertyAccessFromIndexSignature: true,
    noImplicitOverride: true,
    noImplicitReturns: true,
    noFallthroughCasesInSwitch: true,
    noUnusedLocals: true,
    noUnusedParameters: true,
    allowUnreachableCode: false,
    allowUnusedLabels: false,
    verbatimModuleSyntax: true,
    isolatedModules: true,
    forceConsistentCasingInFileNames: true,
    ...(knows(6) && { noUncheckedSideEffectImports: true }),
    ...(knows(8) && { erasableSyntaxOnly: true }),
    // The package's declarations are looked into, and not TypeScript's own.
    skipLibCheck: false,
    skipDefaultLibCheck: true,
    noEmit: true,
    ...options,
  };
  // Compilers run side by side, so each has a file of its own.
  const configuration = join(folder, `tsconfig-${version}-${options.moduleResolution}.json`);
  writeFileSync(configuration, JSON.stringify({ compilerOptions, files }));
  const child = spawn(process.execPath, [program, "-p", configuration, "--pretty", "false"], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const [status] = await once(child, "close");
  return { status, output };
}
