import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

// A test waits for conditions with deadlines of its own; this is the net below them.
const testTimeout = 10_000;

const built = ["tests/over-http.test.ts", "tests/without-a-window.test.tsx"];
const frameworks = ["tests/{svelte,solid,vue}{,-presence}.test.ts", "tests/live-frameworks.test.ts", "tests/test-kit.test.tsx"];

// The checks of a contract work with the runtime that they are part of, and these tests run the sources.
const alias = [{ find: "../../dist/checks.js", replacement: fileURLToPath(new URL("src/checks.ts", import.meta.url)) }];

// Components of a test read some of their properties once.
const components = svelte({ configFile: false, onwarn: (warning, handle) => warning.code !== "state_referenced_locally" && handle?.(warning) });

export default defineConfig({
  test: {
    projects: [
      { plugins: [components], test: { name: "built", include: built, testTimeout } },
      { test: { name: "sources", include: ["tests/*.test.{ts,tsx}"], exclude: [...built, ...frameworks], testTimeout }, resolve: { alias } },
      {
        plugins: [components],
        // As in a page: Node's conditions would choose what renders on a server.
        test: { name: "frameworks", include: frameworks, testTimeout, environment: "happy-dom", server: { deps: { inline: [/svelte/, /solid-js/] } } },
        resolve: { alias, conditions: ["browser", "development", "module"] },
      },
    ],
  },
});
