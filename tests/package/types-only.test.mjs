import { availableParallelism } from "node:os";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { acme, assertAssertions, awkward, resolutions, testSurrounding } from "./compilers.mjs";

const open = { name: "everything-open", definition: ["--schema", fileURLToPath(new URL("open.yaml", import.meta.url))] };
const around = { lib: ["ES2022"], types: [], packages: {}, jsx: {} };
const alone = { name: "types alone", contract: acme, consumer: "types-only-consumer.ts", ...around };

describe("the types alone compile, and need nothing around", { concurrency: availableParallelism() }, () => {
  for (const emit of ["js", "ts"]) {
    const form = ["--types-only", "--emit", emit];
    testSurrounding({ ...alone, name: `--emit ${emit}` }, form, resolutions);
    testSurrounding({ ...alone, name: `awkward names, --emit ${emit}`, contract: awkward, consumer: "" }, form, resolutions.slice(0, 1));
    testSurrounding({ ...alone, name: `open types, --emit ${emit}`, contract: open, consumer: "" }, form, resolutions.slice(0, 1));
  }
});

test("each assertion of the consumer stands before an error", () => assertAssertions(alone, ["--types-only"]));
