/** The errors of this runtime, and the rule that decides what follows an error of the wire. */

import type { Issue } from "./issues.js";

/** What a client does after an error: give up, wait and try again, or reconnect at once. */
export type Retry = "never" | "back_off" | "now";

/** An error as it travels: a stable number and name, and texts that may change. */
export interface WireError {
  /** The number; its range decides what a client does. */
  readonly code: number;
  /** The name, in `snake_case`. */
  readonly name: string;
  /** What went wrong, for people. */
  readonly message: string;
  /** What to do about it, where that is known. */
  readonly hint?: string;
  /** How long to wait before another try, in milliseconds, where the server says it. */
  readonly retryAfter?: number;
}

/**
 * Decides what follows an error, by the range of its code alone, so that codes of later versions work.
 *
 * @example
 * ```ts
 * retryAfter(4101); // "back_off"
 * ```
 */
export function retryAfter(code: number): Retry {
  if (code >= 4000 && code <= 4099) return "never";
  return code >= 4200 && code <= 4299 ? "now" : "back_off";
}

/** A request that the server, or something on the way to it, refused; or that this client gave up. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
  /** The number of the error on the wire; `undefined` where it does not come from a server that speaks the protocol. */
  readonly code: number | undefined;
  /** The name of the error in `snake_case`, such as `unknown_channel`. */
  readonly reason: string;
  /** What to do about it, where that is known. */
  readonly hint: string | undefined;
  /** Whether repeating the request can help. */
  readonly retry: Retry;
  /** How long to wait before that, in milliseconds; `undefined` where nobody says it. */
  readonly retryAfter: number | undefined;

  constructor(error: Omit<WireError, "code"> & { readonly code?: number }, retry: Retry) {
    // An error that is made of another one says it already.
    super(error.hint === undefined || error.message.endsWith(`(${error.hint})`) ? error.message : `${error.message} (${error.hint})`);
    this.code = error.code;
    this.reason = error.name;
    this.hint = error.hint;
    this.retry = retry;
    this.retryAfter = error.retryAfter;
  }
}

/** The refusal that an error of the wire is. */
export function refusal(error: WireError): RefusedError {
  return new RefusedError(error, retryAfter(error.code));
}

/** The right was taken away, as the server says it. */
export const REVOKED: WireError = { code: 4015, name: "revoked", message: "the right was taken away" };

/** Why values do not make a channel name. */
export type AddressErrorCode = "unknown_channel" | "missing_parameter" | "unknown_parameter" | "invalid_parameter" | "too_long";

/** Parameters that do not make a channel name. The code that made the address is wrong; repeating does not help. */
export class AddressError extends Error {
  override readonly name = "AddressError";
  /** What is wrong. */
  readonly code: AddressErrorCode;
  /** The parameter that it is about; `undefined` where it is about the whole address. */
  readonly parameter: string | undefined;

  constructor(code: AddressErrorCode, message: string, parameter?: string) {
    super(message);
    this.code = code;
    this.parameter = parameter;
  }
}

/** Data that violates the contract: thrown by `publish`, and reported for an event that came where the policy `onInvalid` is `"throw"`. */
export class PayloadError extends Error {
  override readonly name = "PayloadError";
  /** The channel of the event; empty for what belongs to none, such as a call. */
  readonly channel: string;
  /** The name of the event, or of the call; `presence`, `opening` or `greeting` for these. */
  readonly event: string;
  /** What is wrong, and where. */
  readonly issues: readonly Issue[];

  constructor(channel: string, event: string, issues: readonly Issue[]) {
    const first = issues[0];
    super(`\`${event}\`${channel === "" ? "" : ` on \`${channel}\``} violates the contract${first === undefined ? "" : `: /${first.path.join("/")}: ${first.message}`}`);
    this.channel = channel;
    this.event = event;
    this.issues = issues;
  }
}

/** More channels at once than one connection carries. */
export class ChannelLimitError extends Error {
  override readonly name = "ChannelLimitError";
  /** How many channels one connection carries. */
  readonly limit: number;

  constructor(limit: number) {
    super(`one connection carries at most ${limit} channels: leave one before you join another, or use a second client`);
    this.limit = limit;
  }
}
