import { availableParallelism } from "node:os";
import { describe, test } from "node:test";
import { assertAssertions, frameworks, resolutions, testSurrounding } from "./compilers.mjs";

describe("the package and what uses it with a framework compile", { concurrency: availableParallelism() }, () => {
  for (const surrounding of frameworks) testSurrounding(surrounding, [], resolutions.slice(0, 1));
});

for (const surrounding of frameworks) test(`each assertion of ${surrounding.consumer} stands before an error`, () => assertAssertions(surrounding));
