/** Kinds that are objects on the wire. */
import { type CheckOf } from "./check.js";
/** Fields by name. */
export declare const checkObject: CheckOf<"object">;
/** Several shapes, told apart by the text in one field. What an open union does not know is any JSON. */
export declare const checkUnion: CheckOf<"union">;
/** Entries of one type under any names, or under those that match a pattern. */
export declare const checkMap: CheckOf<"map">;
