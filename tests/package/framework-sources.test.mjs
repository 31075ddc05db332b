import { availableParallelism } from "node:os";
import { describe } from "node:test";
import { frameworks, outermost, resolutions, testSurrounding } from "./compilers.mjs";

describe("the sources of the package and what uses it with a framework compile", { concurrency: availableParallelism() }, () => {
  for (const surrounding of frameworks) testSurrounding(surrounding, ["--emit", "ts"], resolutions.slice(0, 1), outermost);
});
