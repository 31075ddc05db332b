import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { generate, root, temporaryFolder } from "./support.mjs";

const modules = join(root, "codegen/client/node_modules");
const readme = readFileSync(join(root, "README.md"), "utf8");

/**
 * The snippets of the README in a language.
 *
 * @param {string} language
 */
function snippets(language) {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms"))].map(([, text]) => text ?? "");
}

const folder = temporaryFolder();
const definitions = join(folder, "events.rs");
writeFileSync(definitions, snippets("rust")[0] ?? "");
generate(["--rust", definitions, "--out", join(folder, "realtime")]);
writeFileSync(join(folder, "package.json"), `{ "type": "module" }\n`);
mkdirSync(join(folder, "node_modules/@types"), { recursive: true });
symlinkSync(join(modules, "@types/react"), join(folder, "node_modules/@types/react"));
const files = ["ts", "tsx"].flatMap((language) => snippets(language).map((text, at) => ({ name: `snippet-${at + 1}.${language}`, text })));
for (const { name, text } of files) writeFileSync(join(folder, name), text);

test("the README has snippets of TypeScript and of React", () => {
  assert.ok(snippets("ts").length >= 2 && snippets("tsx").length >= 1);
});

for (const compiler of ["typescript-5.5", "typescript", "typescript-7"]) {
  test(`the README's snippets compile with ${compiler}`, () => {
    const config = {
      compilerOptions: { strict: true, noEmit: true, target: "ES2022", module: "ESNext", moduleResolution: "bundler", jsx: "react-jsx", lib: ["ES2022", "DOM"], types: [], skipLibCheck: false },
      files: files.map(({ name }) => name),
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    const { status, stdout } = spawnSync(process.execPath, [join(modules, compiler, "bin/tsc"), "-p", folder], { encoding: "utf8" });
    assert.equal(status, 0, stdout);
  });
}
