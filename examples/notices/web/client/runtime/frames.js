/** The frames of the wire: the one place where text from the server becomes typed values. */
import { isObject } from "./values.js";
/** Reads one frame. A type that is not known is `unknown`; text that is no frame, or lacks a member, is `malformed`. */
export function readFrame(text) {
    const fields = parseObject(text);
    if (fields === undefined || typeof fields["type"] !== "string")
        return "malformed";
    const read = readers.get(fields["type"]);
    return read === undefined ? "unknown" : (read(fields) ?? "malformed");
}
/** Reads the object of an `event` frame. `undefined` if it lacks a member. */
export function readEvent(fields) {
    const { channel, event, id = null, number = null, time, sender = null } = fields;
    if (!isText(channel) || !isText(event) || !isNumber(time) || !isTextOrNull(id) || !isTextOrNull(sender))
        return undefined;
    if (number !== null && !isNumber(number))
        return undefined;
    const head = { type: "event", channel, event, id, number, time, sender };
    return Object.hasOwn(fields, "data") ? { ...head, data: fields["data"] } : head;
}
/** Reads the object of an error, in a frame or in an answer. `undefined` if it is not one. */
export function readError(value) {
    if (typeof value !== "object" || value === null)
        return undefined;
    const { code, name, message, hint } = value;
    if (!isNumber(code) || !isText(name) || !isText(message))
        return undefined;
    return isText(hint) ? { code, name, message, hint } : { code, name, message };
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
    ["welcome", readWelcome],
    ["subscribed", readSubscribed],
    ["gap", readGap],
    ["reconnect", ({ after }) => (isNumber(after) ? { type: "reconnect", after } : undefined)],
    ["error", readErrorFrame],
]);
function readWelcome({ connection, contract, heartbeat }) {
    if (!isText(connection) || !isText(contract) || !isNumber(heartbeat))
        return undefined;
    return { type: "welcome", connection, contract, heartbeat };
}
function readSubscribed({ channel, outcome, cursor }) {
    if (!isText(channel) || !isText(cursor) || (outcome !== "fresh" && outcome !== "resumed"))
        return undefined;
    return { type: "subscribed", channel, outcome, cursor };
}
function readGap({ channel, reason, from = null, cursor, missed }) {
    if (!isText(channel) || !isText(reason) || !isTextOrNull(from) || !isText(cursor))
        return undefined;
    const head = { type: "gap", channel, reason, from, cursor };
    return isNumber(missed) ? { ...head, missed } : head;
}
function readErrorFrame({ error }) {
    const wire = readError(error);
    return wire === undefined ? undefined : { type: "error", error: wire };
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
