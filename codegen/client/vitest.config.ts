import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/*.test.{ts,tsx}"],
    // A test waits for conditions with deadlines of its own; this is the net below them.
    testTimeout: 10_000,
  },
});
