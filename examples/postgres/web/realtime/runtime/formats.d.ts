/** The formats of text, each with the verdict of the server's validator. */
/** Counts Unicode code points; half of a surrogate pair counts as one. */
export declare function countCharacters(text: string): number;
/** Whether `text` is a UUID: 8-4-4-4-12 hexadecimal digits of any case. */
export declare function isUuid(text: string): boolean;
/** Whether `text` is an RFC 3339 full-date: a day that exists. */
export declare function isDate(text: string): boolean;
/** Whether `text` is an RFC 3339 date-time: a day that exists, an offset, and second 60 only where a leap second can be (23:59:60 UTC). */
export declare function isDateTime(text: string): boolean;
/** Whether `text` is a 64-bit integer in its one decimal spelling: no sign but a minus, no leading zero, in range. */
export declare function isInt64(text: string, signed: boolean): boolean;
/** Whether `text` is an IPv4 address: four decimal numbers up to 255 without leading zeroes. */
export declare function isIpv4(text: string): boolean;
/** Whether `text` is an IPv6 address as in RFC 4291, without a zone; the last four bytes may be written as an IPv4 address. */
export declare function isIpv6(text: string): boolean;
/** Whether `text` is an address of RFC 5321: a dotted or quoted local part, and a domain or an address in brackets. ASCII alone. */
export declare function isEmail(text: string): boolean;
/** Whether `text` is a URI of RFC 3986: it begins with a scheme, is ASCII alone, and leaves no percent sign without its two digits. */
export declare function isUri(text: string): boolean;
