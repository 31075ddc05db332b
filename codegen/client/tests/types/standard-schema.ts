// The interface of Standard Schema, version 1, as its specification prints it.

import { validator } from "../../dist/index.js";
import type { MessageSent } from "../generated/contract.js";
import { contract } from "../generated/contract.js";
import { holds, type Same } from "./exact.js";

interface StandardSchemaV1<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Result<Output> | Promise<Result<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}
type Result<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: ReadonlyArray<{ readonly message: string; readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined }> };
type Output<Schema extends StandardSchemaV1> = NonNullable<Schema["~standard"]["types"]>["output"];

const message = validator(contract, "chat/{roomId}", "message.sent");
const schema: StandardSchemaV1<MessageSent> = message;
void schema;
holds<Same<Output<typeof message>, MessageSent>>();
