/** Kinds that are lists on the wire. */
import { type CheckOf } from "./check.js";
/** Items of one type. A contract that asks for items that differ says who compares them. */
export declare const checkList: CheckOf<"list">;
/** A fixed number of items, each of a type of its own. */
export declare const checkTuple: CheckOf<"tuple">;
