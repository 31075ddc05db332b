import { availableParallelism } from "node:os";
import { describe } from "node:test";
import { outermost, resolutions, surroundings, testSurrounding } from "./compilers.mjs";

describe("the sources of the package and its consumers compile", { concurrency: availableParallelism() }, () => {
  for (const surrounding of surroundings) {
    // How modules are found does not depend on what else is around: sources, which take longer, are found in both ways once.
    testSurrounding(surrounding, ["--emit", "ts"], surrounding.name === "nothing around" ? resolutions : resolutions.slice(0, 1), outermost);
  }
});
