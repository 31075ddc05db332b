/** Text on the wire. */
import { type Check } from "./check.js";
/** A text with as many code points as `min` and `max` say. */
export declare function string(min?: number, max?: number): Check;
/** One of several texts. */
export declare function oneOf(...values: readonly string[]): Check;
/** Of texts, those that match a pattern somewhere. */
export declare function pattern(source: string): Check;
/** A date and time. */
export declare const dateTime: Check;
/** A UUID. */
export declare const uuid: Check;
/** A 64-bit integer as decimal text. */
export declare const int64: Check;
/** The same without a sign. */
export declare const uint64: Check;
/** Of texts, the date-times. */
export declare const asDateTime: Check;
/** Of texts, the dates. */
export declare const asDate: Check;
/** Of texts, the UUIDs. */
export declare const asUuid: Check;
/** Of texts, the email addresses. */
export declare const asEmail: Check;
/** Of texts, the URIs. */
export declare const asUri: Check;
/** Of texts, the IPv4 addresses. */
export declare const asIpv4: Check;
/** Of texts, the IPv6 addresses. */
export declare const asIpv6: Check;
