/** The route that signs tokens, for a service that runs apart from the application that knows its users. */
import { Addresses } from "../address.js";
import { codes } from "../codes.js";
import { AddressError } from "../errors.js";
import { isObject } from "../values.js";
import { randomId, sign } from "./signature.js";
/** A ticket is good for this long, in seconds. */
const TICKET = 30;
/** Binds `createAuthHandler` to a contract; what a generated package calls. */
export function authHandlerFactory(contract) {
    const addresses = new Addresses(contract);
    return ({ secret, issuer, audience, authorize, seconds = 3600, origins = [] }) => async (request) => {
        const asked = request;
        if (asked.method !== "POST")
            return refuse(405, "method_not_allowed", "a token is asked for with POST");
        const origin = asked.headers.get("origin");
        if (origin !== null && (hostOf(origin) ?? "") !== hostOf(asked.url) && !origins.includes(origin))
            return refuse(403, "denied", "pages of this origin get no tokens");
        // Before the application sees the request, which it may read as well.
        const copy = "clone" in asked && typeof asked.clone === "function" ? asked.clone() : undefined;
        const isTicket = copy !== undefined && wantsTicket(await copy.text().catch(() => ""));
        const grant = await authorize(request);
        if (grant === undefined)
            return refuse(401, "unauthenticated", "nobody is signed in");
        const iat = Math.floor(Date.now() / 1000);
        const exp = iat + (isTicket ? Math.min(TICKET, seconds) : seconds);
        const rights = rightsOf(grant, contract, addresses);
        const subject = grant.user === undefined ? {} : { sub: grant.user };
        const ticket = isTicket ? { jti: randomId(), use: "ticket" } : {};
        const token = await sign({ iss: issuer, aud: audience, iat, exp, ...subject, ...ticket, grant: rights }, secret);
        return respond(200, { token, expires: exp * 1000 });
    };
}
function rightsOf({ subscribe, publish, present }, contract, addresses) {
    const written = (channels) => typeof channels === "string" ? channels : channels?.map((channel) => channelsOf(channel, contract, addresses));
    return { subscribe: written(subscribe), publish: written(publish), present: written(present) };
}
/** A pattern, the name of a channel, or a pattern with what is fixed. */
function channelsOf(channel, contract, addresses) {
    const { pattern, params = {} } = typeof channel === "string" ? { pattern: channel } : channel;
    const known = Object.hasOwn(contract.channels, pattern) ? contract.channels[pattern] : undefined;
    if (known === undefined)
        throw new AddressError("unknown_channel", `the contract has no channel \`${pattern}\``);
    const fixed = Object.entries(params).filter(([, value]) => value !== undefined);
    if (fixed.length === 0)
        return pattern;
    if (known.params.every(({ name, optional }) => optional === true || fixed.some(([given]) => given === name)))
        return addresses.name(pattern, params);
    return { pattern, fixed: Object.fromEntries(fixed.map(([name, value]) => [name, String(value)])) };
}
function wantsTicket(text) {
    try {
        const body = JSON.parse(text);
        return isObject(body) && body["ticket"] === true;
    }
    catch {
        return false;
    }
}
/** Behind a proxy nobody knows the scheme that the page sees, so both are the same; `null` for what is no address, which is no origin either. */
function hostOf(url) {
    return /^https?:\/\/([^/?#]+)/i.exec(url)?.[1]?.toLowerCase().replace(/:(80|443)$/, "") ?? null;
}
function refuse(status, name, message) {
    return respond(status, { error: { code: codes[name], name, message } });
}
function respond(status, body) {
    const { Response: Made } = globalThis;
    return new Made(JSON.stringify(body), { status, headers: { "content-type": "application/json", "cache-control": "no-store" } });
}
