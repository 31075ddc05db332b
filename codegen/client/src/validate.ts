/** Checks what events carry. What decides comes with the contract, so this module knows no kind of type. */

import { type Check, fail, issuesOf } from "./checks/check.js";
import type { EventSpec } from "./contract.js";
import type { Issue } from "./issues.js";

const signal: Check = (value) => value === undefined || fail("payload", value, "no data: this event is a signal");

const missing: Check = (value) => fail("payload", value, "data");

/** What is wrong with what an event carries; an empty list for valid data. `data` is `undefined` where the event came without any. */
export function payloadIssues({ payload }: EventSpec, data: unknown): readonly Issue[] {
  return issuesOf(payload === undefined ? signal : data === undefined ? missing : payload, data);
}

/** Valid data with its defaults filled in: the same data where nothing is missing. */
export function filled({ fill }: EventSpec, data: unknown): unknown {
  return fill === undefined ? data : fill(data);
}
