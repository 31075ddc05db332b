// What an open enum and an open union look like to whoever reads them.

import type { Unknown } from "../../dist/index.js";
import { holds, type Same } from "./exact.js";

interface Card {
  readonly title: string;
}
type Change = { readonly op: "add"; readonly card: Card } | { readonly op: "remove"; readonly id: string } | { readonly op: Unknown };
type Status = "open" | "done" | (string & {});

declare const change: Change;
declare const status: Status;

switch (change.op) {
  case "add":
    holds<Same<typeof change, { readonly op: "add"; readonly card: Card }>>();
    holds<Same<typeof change.card, Card>>();
    // @ts-expect-error another variant has it
    void change.id;
    break;
  case "remove":
    holds<Same<typeof change.id, string>>();
    break;
  default: {
    holds<Same<typeof change, { readonly op: Unknown }>>();
    const name: string = change.op;
    void name;
    // @ts-expect-error nobody knows what is there
    void change.card;
  }
}

if (change.op === "add") void change.card.title;
else if (change.op !== "remove") holds<Same<typeof change.op, Unknown>>();

// A known variant is written as it always was; an unknown one cannot be written by accident.
const written: readonly Change[] = [{ op: "add", card: { title: "a" } }, { op: "remove", id: "b" }];
void written;
// @ts-expect-error no variant of this version
const unknown: Change = { op: "move" };
void unknown;
// @ts-expect-error the variant has no such fields
const incomplete: Change = { op: "add", id: "b" };
void incomplete;

switch (status) {
  case "open":
  case "done":
    break;
  default: {
    const other: string = status;
    void other;
  }
}
