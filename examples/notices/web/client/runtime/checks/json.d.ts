/** Checked JSON: the assertions of JSON Schema, each as a closure of its own. */
import { type CheckOf } from "./check.js";
/** JSON that a schema describes. It is checked as it stands, and as JSON first: no keyword looks at what nests too deep. */
export declare const checkJson: CheckOf<"json">;
