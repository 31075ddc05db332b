import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// A test waits for conditions with deadlines of its own; this is the net below them.
const testTimeout = 10_000;

const built = ["tests/over-http.test.ts", "tests/without-a-window.test.tsx"];

export default defineConfig({
  test: {
    projects: [
      { test: { name: "built", include: built, testTimeout } },
      {
        test: { name: "sources", include: ["tests/*.test.{ts,tsx}"], exclude: built, testTimeout },
        // The checks of a contract work with the runtime that they are part of, and these tests run the sources.
        resolve: { alias: [{ find: "../../dist/checks.js", replacement: fileURLToPath(new URL("src/checks.ts", import.meta.url)) }] },
      },
    ],
  },
});
