/** How large a frame may be. */
import { platform } from "./platform.js";
/** The server takes no longer body or message, in bytes. */
export const MAX_BODY = 65_536;
/** A frame by itself: its number, and what stands around it in a body, come on top. */
export const MAX_FRAME = MAX_BODY - 256;
/** The length of a text in UTF-8; or more, where that is far from mattering. */
export function byteLength(text) {
    const most = text.length * 3;
    return most <= MAX_BODY / 16 ? most : new platform.TextEncoder().encode(text).length;
}
