import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, posix, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");
const read = (folder: string): ReadonlyMap<string, string> => 
  new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [relative(folder, path).replaceAll("\\", "/"), readFileSync(path, "utf8")]),
  );

test("dist is what the sources give", { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "tidewire-client-"));
  try {
    const { status, stdout } = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json", "--outDir", folder], { cwd: root, encoding: "utf8" });
    expect(stdout).toBe("");
    expect(status).toBe(0);
    expect(read(dist)).toEqual(read(folder));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** What the bindings import, and nothing else does. */
const peers = new Map([
  ["react.js", ["react"]],
  ["solid.js", ["solid-js"]],
  ["svelte.js", ["svelte", "svelte/reactivity", "svelte/store"]],
  ["vue.js", ["vue"]],
  ["live/react.js", ["react"]],
  ["live/vue.js", ["vue"]],
]);

test("dist is modules and declarations that need nothing else", () => {
  const files = read(dist);
  for (const [name, text] of files) {
    expect(name).toMatch(/^((checks|live|presence|server|tabs|testing)\/)?[a-z-]+(\.d\.ts|\.js)$/);
    expect(text, name).toMatch(/[^\n]\n$/);
    expect(text, name).not.toMatch(/\r|sourceMappingURL|<reference|\bany;|: any\b/);
    for (const [, from] of text.matchAll(/\b(?:from|import)\s*\(?\s*"([^"]+)"/g)) {
      if (peers.get(name)?.includes(from ?? "") === true) continue;
      expect(from, name).toMatch(/^\.\.?\/((checks|live|presence|server|tabs|testing)\/)?[a-z-]+\.js$/);
      expect([...files.keys()], name).toContain(posix.join(posix.dirname(name), from ?? ""));
    }
  }
});

test("the declarations name no type of the DOM, of Node or of a framework", () => {
  for (const [name, text] of read(dist)) {
    if (!name.endsWith(".d.ts")) continue;
    const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
    expect(code, name).not.toMatch(/\b(?:AbortSignal(?! })|Response|RequestInit|Headers|ReadableStream|EventSource|ReactNode|NodeJS)\b(?!:)/);
  }
});
