import { availableParallelism } from "node:os";
import { describe, test } from "node:test";
import { assertAssertions, resolutions, surroundings, testSurrounding } from "./compilers.mjs";

describe("the package and its consumers compile", { concurrency: availableParallelism() }, () => {
  for (const surrounding of surroundings) {
    // How modules are found does not depend on what else is around.
    testSurrounding(surrounding, [], surrounding.packages["@types/react"] === undefined ? resolutions : resolutions.slice(0, 1));
  }
});

test("each assertion of the consumers stands before an error", async () => {
  const consumers = new Map(surroundings.map((one) => [one.consumer, one]));
  for (const surrounding of consumers.values()) await assertAssertions(surrounding);
});
