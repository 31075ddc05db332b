/** Every check and every format, for contracts made by hand. Nothing else imports this: a package carries only what its contract names. */
import type { ContractData } from "../contract.js";
/** The check of every kind and constraint. */
export declare const allChecks: Required<ContractData["checks"]>;
/** The verdict on every format. */
export declare const allFormats: Required<NonNullable<ContractData["formats"]>>;
