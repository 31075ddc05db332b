/** How large a frame may be. */
/** The server takes no longer body or message, in bytes. */
export declare const MAX_BODY = 65536;
/** A frame by itself: its number, and what stands around it in a body, come on top. */
export declare const MAX_FRAME: number;
/** The length of a text in UTF-8; or more, where that is far from mattering. */
export declare function byteLength(text: string): number;
