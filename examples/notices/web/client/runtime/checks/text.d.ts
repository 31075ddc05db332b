/** Kinds that are text on the wire. */
import { type CheckOf } from "./check.js";
/** A text, bounded in length, matching a pattern, of a format. */
export declare const checkString: CheckOf<"string">;
/** A date and time. */
export declare const checkDateTime: CheckOf<"dateTime">;
/** A UUID. */
export declare const checkUuid: CheckOf<"uuid">;
/** A 64-bit integer as decimal text. */
export declare const checkInt64: CheckOf<"int64">;
/** One of several texts; any text for an open one. */
export declare const checkEnum: CheckOf<"enum">;
