import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, test } from "node:test";
import { generate, root, temporaryFolder } from "./support.mjs";

const modules = join(root, "codegen/client/node_modules");

/** What is written for newcomers. The first snippet of Rust in each defines what those of TypeScript use. */
const documents = ["README.md", ...["board", "live_auction", "live_counter", "postgres", "presence", "team_chat"].map((guide) => `runtime/src/docs/guides/${guide}.md`)];

for (const name of documents) {
  const document = readFileSync(join(root, name), "utf8");

  /**
   * The snippets of the document in a language.
   *
   * @param {string} language
   */
  const snippets = (language) => [...document.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms"))].map(([, snippet]) => snippet ?? "");

  const folder = temporaryFolder();
  const definitions = join(folder, "events.rs");
  writeFileSync(definitions, snippets("rust")[0] ?? "");
  // The guides serve their page from the root, where `realtime` is the path of the router.
  const [, client = "realtime"] = /from "\.\/(\w+)\/index\.js"/.exec(document) ?? [];
  generate(["--rust", definitions, "--out", join(folder, client)]);
  writeFileSync(join(folder, "package.json"), `{ "type": "module" }\n`);
  mkdirSync(join(folder, "node_modules/@types"), { recursive: true });
  symlinkSync(join(modules, "@types/react"), join(folder, "node_modules/@types/react"));
  const files = ["ts", "tsx"].flatMap((language) => snippets(language).map((snippet, at) => ({ name: `snippet-${at + 1}.${language}`, snippet })));
  for (const file of files) writeFileSync(join(folder, file.name), file.snippet);

  test(`${name} has snippets of TypeScript${name === "README.md" ? " and of React" : ""}`, () => {
    assert.ok(snippets("ts").length >= 1 && (name !== "README.md" || snippets("tsx").length >= 1));
  });

  const config = {
    compilerOptions: { strict: true, noEmit: true, target: "ES2022", module: "ESNext", moduleResolution: "bundler", jsx: "react-jsx", lib: ["ES2022", "DOM"], types: [], skipLibCheck: false, skipDefaultLibCheck: true },
    files: files.map((file) => file.name),
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));

  describe(`the snippets of ${name} compile`, { concurrency: availableParallelism() }, () => {
    for (const compiler of ["typescript-5.5", "typescript", "typescript-7"]) {
      test(`the snippets of ${name} compile with ${compiler}`, async () => {
        const child = spawn(process.execPath, [join(modules, compiler, "bin/tsc"), "-p", folder], { stdio: ["ignore", "pipe", "inherit"] });
        const [output, [status]] = await Promise.all([text(child.stdout), once(child, "close")]);
        assert.equal(status, 0, output);
      });
    }
  });
}
