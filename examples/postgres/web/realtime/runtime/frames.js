/** The frames of the wire: the one place where text from the server becomes typed values. */
import { isObject } from "./values.js";
/** Reads one frame. A type that is not known is `unknown`; what is no frame, or lacks a member, is `malformed`. */
export function readReply(fields) {
    if (!isObject(fields) || typeof fields["type"] !== "string")
        return "malformed";
    const read = readers.get(fields["type"]);
    return read === undefined ? "unknown" : (read(fields) ?? "malformed");
}
/** Reads the object of an `event` frame. `undefined` if it lacks a member. */
export function readEvent(fields) {
    const { channel, event, id = null, number = null, time, sender = null, origin } = fields;
    if (!isText(channel) || !isText(event) || !isNumber(time) || !isTextOrNull(id) || !isTextOrNull(sender))
        return undefined;
    if (number !== null && !isNumber(number))
        return undefined;
    const head = { type: "event", channel, event, id, number, time, sender, ...(isText(origin) ? { origin } : {}) };
    return Object.hasOwn(fields, "data") ? { ...head, data: fields["data"] } : head;
}
/** Reads the object of an error, in a frame or in an answer. `undefined` if it is not one. */
export function readError(value) {
    if (typeof value !== "object" || value === null)
        return undefined;
    const { code, name, message, hint, retryAfter } = value;
    if (!isNumber(code) || !isText(name) || !isText(message))
        return undefined;
    return { code, name, message, ...(isText(hint) ? { hint } : {}), ...(isNumber(retryAfter) ? { retryAfter } : {}) };
}
/** Parses text that holds a JSON object. `undefined` for anything else. */
export function parseObject(text) {
    try {
        const value = JSON.parse(text);
        return isObject(value) ? value : undefined;
    }
    catch {
        return undefined;
    }
}
const readers = new Map([
    ["event", readEvent],
    // To this connection alone. It differs from an event in nothing that a handler could do about it.
    ["message", (fields) => readEvent({ ...fields, id: null, number: null })],
    ["welcome", readWelcome],
    ["subscribed", readSubscribed],
    ["gap", readGap],
    ["position", ({ channel, cursor }) => (isText(channel) && isText(cursor) ? { type: "position", channel, cursor } : undefined)],
    ["reconnect", ({ after }) => (isNumber(after) ? { type: "reconnect", after } : undefined)],
    ["error", readErrorFrame],
    ["ack", (fields) => (isNumber(fields["ref"]) ? { type: "ack", ref: fields["ref"], members: fields } : undefined)],
    ["denied", readDenied],
    ["unsubscribed", ({ channel, by }) => (isText(channel) ? { type: "unsubscribed", channel, ...byServer(by) } : undefined)],
    ["revoked", ({ channel = null, until }) => (isTextOrNull(channel) ? { type: "revoked", channel, ...(isNumber(until) ? { until } : {}) } : undefined)],
    ["status", ({ status }) => (status === "degraded" || status === "connected" ? { type: "status", status } : undefined)],
    ["ping", () => ({ type: "ping" })],
]);
function readWelcome({ connection, contract, heartbeat, session, user, expires, time, greeting, shared }) {
    if (!isText(connection) || !isText(contract) || !isNumber(heartbeat))
        return undefined;
    const known = { ...(isText(session) ? { session } : {}), ...(isText(user) ? { user } : {}), ...(isText(shared) ? { shared } : {}) };
    return { type: "welcome", connection, contract, heartbeat, greeting, ...known, ...(isNumber(expires) && isNumber(time) ? { expires, time } : {}) };
}
function readSubscribed({ channel, outcome, cursor, by }) {
    if (!isText(channel) || !isText(cursor) || (outcome !== "fresh" && outcome !== "resumed"))
        return undefined;
    return { type: "subscribed", channel, outcome, cursor, ...byServer(by) };
}
function byServer(by) {
    return by === "server" ? { isByServer: true } : {};
}
function readGap({ channel, reason, from = null, cursor, missed, by }) {
    if (!isText(channel) || !isText(reason) || !isTextOrNull(from) || !isText(cursor))
        return undefined;
    const head = { type: "gap", channel, reason, from, cursor, ...byServer(by) };
    return isNumber(missed) ? { ...head, missed } : head;
}
function readErrorFrame({ error, ref }) {
    const wire = readError(error);
    if (wire === undefined)
        return undefined;
    return ref === null || isNumber(ref) ? { type: "error", error: wire, ref } : { type: "error", error: wire };
}
function readDenied({ channel, error, ref }) {
    const wire = readError(error);
    if (wire === undefined || !isText(channel))
        return undefined;
    return isNumber(ref) ? { type: "denied", channel, error: wire, ref } : { type: "denied", channel, error: wire };
}
function isText(value) {
    return typeof value === "string";
}
function isTextOrNull(value) {
    return value === null || typeof value === "string";
}
function isNumber(value) {
    return typeof value === "number";
}
