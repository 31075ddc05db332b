/** The frames of the wire: the one place where text from the server becomes typed values. */

import type { WireError } from "./errors.js";
import { isObject } from "./values.js";

/** The first frame of every connection. */
export interface WelcomeFrame {
  readonly type: "welcome";
  /** Names this connection in logs and options; it grants nothing. */
  readonly connection: string;
  /** The hash of the server's contract. */
  readonly contract: string;
  /** How often the server sends something, in milliseconds. */
  readonly heartbeat: number;
}

/** Says that a subscription begins without a hole. */
export interface SubscribedFrame {
  readonly type: "subscribed";
  readonly channel: string;
  /** `fresh`: delivery starts now. `resumed`: everything after the given cursor follows. */
  readonly outcome: "fresh" | "resumed";
  /** Where delivery starts. */
  readonly cursor: string;
}

/** An event. */
export interface EventFrame {
  readonly type: "event";
  readonly channel: string;
  readonly event: string;
  readonly id: string | null;
  readonly number: number | null;
  readonly time: number;
  readonly sender: string | null;
  /** Absent for a signal. */
  readonly data?: unknown;
}

/** Says that events may be missing between two cursors. */
export interface GapFrame {
  readonly type: "gap";
  readonly channel: string;
  readonly reason: string;
  readonly from: string | null;
  readonly cursor: string;
  readonly missed?: number;
}

/** Says that the server is about to end the connection on purpose. */
export interface ReconnectFrame {
  readonly type: "reconnect";
  /** How long to wait, in milliseconds. */
  readonly after: number;
}

/** Says why the connection ends. */
export interface ErrorFrame {
  readonly type: "error";
  readonly error: WireError;
}

/** The frames that speak of one channel. */
export type ChannelFrame = SubscribedFrame | EventFrame | GapFrame;

/** Every frame that this version acts upon. */
export type Frame = WelcomeFrame | ReconnectFrame | ErrorFrame | ChannelFrame;

/** A frame of a type, or a shape, that this version does not know: ignored, as the protocol asks. */
export type Unreadable = "unknown" | "malformed";

type Fields = { readonly [name: string]: unknown };

/** Reads one frame. A type that is not known is `unknown`; text that is no frame, or lacks a member, is `malformed`. */
export function readFrame(text: string): Frame | Unreadable {
  const fields = parseObject(text);
  if (fields === undefined || typeof fields["type"] !== "string") return "malformed";
  const read = readers.get(fields["type"]);
  return read === undefined ? "unknown" : (read(fields) ?? "malformed");
}

/** Reads the object of an `event` frame. `undefined` if it lacks a member. */
export function readEvent(fields: Fields): EventFrame | undefined {
  const { channel, event, id = null, number = null, time, sender = null } = fields;
  if (!isText(channel) || !isText(event) || !isNumber(time) || !isTextOrNull(id) || !isTextOrNull(sender)) return undefined;
  if (number !== null && !isNumber(number)) return undefined;
  const head = { type: "event", channel, event, id, number, time, sender } as const;
  return Object.hasOwn(fields, "data") ? { ...head, data: fields["data"] } : head;
}

/** Reads the object of an error, in a frame or in an answer. `undefined` if it is not one. */
export function readError(value: unknown): WireError | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { code, name, message, hint } = value as Fields;
  if (!isNumber(code) || !isText(name) || !isText(message)) return undefined;
  return isText(hint) ? { code, name, message, hint } : { code, name, message };
}

/** Parses text that holds a JSON object. `undefined` for anything else. */
export function parseObject(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const readers: ReadonlyMap<string, (fields: Fields) => Frame | undefined> = new Map<string, (fields: Fields) => Frame | undefined>([
  ["event", readEvent],
  ["welcome", readWelcome],
  ["subscribed", readSubscribed],
  ["gap", readGap],
  ["reconnect", ({ after }) => (isNumber(after) ? { type: "reconnect", after } : undefined)],
  ["error", readErrorFrame],
]);

function readWelcome({ connection, contract, heartbeat }: Fields): Frame | undefined {
  if (!isText(connection) || !isText(contract) || !isNumber(heartbeat)) return undefined;
  return { type: "welcome", connection, contract, heartbeat };
}

function readSubscribed({ channel, outcome, cursor }: Fields): Frame | undefined {
  if (!isText(channel) || !isText(cursor) || (outcome !== "fresh" && outcome !== "resumed")) return undefined;
  return { type: "subscribed", channel, outcome, cursor };
}

function readGap({ channel, reason, from = null, cursor, missed }: Fields): Frame | undefined {
  if (!isText(channel) || !isText(reason) || !isTextOrNull(from) || !isText(cursor)) return undefined;
  const head = { type: "gap", channel, reason, from, cursor } as const;
  return isNumber(missed) ? { ...head, missed } : head;
}

function readErrorFrame({ error }: Fields): Frame | undefined {
  const wire = readError(error);
  return wire === undefined ? undefined : { type: "error", error: wire };
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === "string";
}

function isNumber(value: unknown): value is number {
  return typeof value === "number";
}
