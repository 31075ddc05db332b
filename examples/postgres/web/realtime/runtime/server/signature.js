/** Signs tokens: JWT with HS256, with what every JavaScript platform has. */
import { platform } from "../platform.js";
/** A secret is at least this long, in bytes. */
const LEAST = 32;
/**
 * The claims as a token.
 *
 * @throws RangeError if the secret is shorter than 32 bytes.
 */
export async function sign(claims, secret) {
    const bytes = utf8(secret);
    if (bytes.length < LEAST)
        throw new RangeError(`the secret has ${bytes.length} bytes; it needs ${LEAST} at least, from a source of randomness`);
    const { subtle } = platform.crypto ?? {};
    if (subtle === undefined)
        throw new RangeError("this platform has no WebCrypto");
    const text = `${encoded(utf8(JSON.stringify({ alg: "HS256", typ: "JWT" })))}.${encoded(utf8(JSON.stringify(claims)))}`;
    const key = await subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    return `${text}.${encoded(new Uint8Array(await subtle.sign("HMAC", key, utf8(text))))}`;
}
/** 128 random bits. */
export function randomId() {
    const bytes = new Uint8Array(16);
    if (platform.crypto === undefined)
        throw new RangeError("this platform has no WebCrypto");
    return encoded(platform.crypto.getRandomValues(bytes));
}
function utf8(text) {
    return new platform.TextEncoder().encode(text);
}
/** Base64 for URLs, without padding. */
function encoded(bytes) {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let text = "";
    for (let at = 0; at < bytes.length; at += 3) {
        const group = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
        const letters = [18, 12, 6, 0].map((shift) => alphabet[(group >> shift) & 63]).join("");
        text += letters.slice(0, Math.min(4, bytes.length - at + 1));
    }
    return text;
}
