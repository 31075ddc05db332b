/** Requests to the server, and what its refusals mean. */
import { refusal, RefusedError } from "./errors.js";
import { parseObject, readError } from "./frames.js";
import { platform } from "./platform.js";
/** What to do about an answer that something else gave. */
export const WRONG_PLACE = "is `url` where the service mounts the router?";
/** Sends a request below the mount point. Rejects as `fetch`, and the application's `headers` and `token`, do. */
export async function request(options, path, given) {
    const response = await respond(options, path, given);
    // Whatever is wrong with the token, the next request asks for another one.
    if (response.status === 401)
        options.tokens?.forget();
    return response;
}
async function respond(options, path, { method, headers, body, signal }) {
    const url = options.url.replace(/\/+$/, "") + path;
    absoluteUrl(url);
    const own = options.headers === undefined ? {} : await options.headers();
    const token = await options.tokens?.current();
    const bearer = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const all = {};
    for (const [name, value] of [...Object.entries(own), ...Object.entries(bearer), ...Object.entries(headers)])
        all[name.toLowerCase()] = value;
    const { credentials } = options;
    const init = { method, headers: all, cache: "no-store", signal, ...(body === undefined ? {} : { body }), ...(credentials === undefined ? {} : { credentials }) };
    if (options.fetch !== undefined)
        return await options.fetch(url, init);
    if (platform.fetch === undefined) {
        throw new RefusedError({ name: "no_fetch", message: "this platform has no `fetch`", hint: "give `createClient` one" }, "never");
    }
    return await platform.fetch(url, init);
}
/**
 * An address that may be relative to the page, as a whole.
 *
 * @throws {@link RefusedError} if it is relative and there is no page.
 */
export function absoluteUrl(url) {
    if (/^[a-z][a-z0-9+.-]*:/i.test(url))
        return url;
    const page = platform.location?.href;
    if (page === undefined) {
        const message = `\`${url}\` is relative to a page, and there is none`;
        throw new RefusedError({ name: "relative_url", message, hint: "give `createClient` an absolute URL" }, "never");
    }
    return new platform.URL(url, page).href;
}
/**
 * Reads what an answer other than the wanted one means.
 *
 * The server's own refusals say it by the range of their code. Anything else comes from something on the way (a proxy, a login page, a
 * static file server): only an answer that says "not you" or "not here" is final, because the rest may pass.
 */
export async function readRefusal(response, now) {
    const wire = readError(parseObject(await response.text().catch(() => ""))?.["error"]);
    const after = wire?.retryAfter ?? retryAfterHeader(response.headers.get("retry-after"), now);
    const wait = after === undefined ? {} : { retryAfter: after };
    return wire === undefined ? foreign(response, wait) : refusal({ ...wire, ...wait });
}
function foreign({ status, headers }, wait) {
    const retry = status === 401 || status === 403 || status === 404 ? "never" : "back_off";
    const answer = status === 200 ? (headers.get("content-type") ?? "nothing").slice(0, 80) : `HTTP ${status}`;
    const message = `the answer is ${answer}, and not from a Tidewire server`;
    return new RefusedError(status === 200 ? { name: "not_tidewire", message, hint: WRONG_PLACE, ...wait } : { name: `http_${status}`, message, ...wait }, retry);
}
/** The delay that a `retry-after` header asks for, in milliseconds: it holds seconds or a date. */
function retryAfterHeader(value, now) {
    if (value === null)
        return undefined;
    const delay = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
    return Number.isFinite(delay) ? Math.max(0, delay) : undefined;
}
/** A value in a query string. A `/` stays as it is: that is allowed there, and channel names are easier to read in logs. */
export function queryValue(text) {
    return encodeURIComponent(text).replaceAll("%2F", "/");
}
