/** The errors of this runtime, and the rule that decides what follows an error of the wire. */
/**
 * Decides what follows an error, by the range of its code alone, so that codes of later versions work.
 *
 * @example
 * ```ts
 * retryAfter(4101); // "back_off"
 * ```
 */
export function retryAfter(code) {
    if (code >= 4000 && code <= 4099)
        return "never";
    return code >= 4200 && code <= 4299 ? "now" : "back_off";
}
/** A request that the server, or something on the way to it, refused; or that this client gave up. */
export class RefusedError extends Error {
    name = "RefusedError";
    /** The number of the error on the wire; `undefined` where it does not come from a server that speaks the protocol. */
    code;
    /** The name of the error in `snake_case`, such as `unknown_channel`. */
    reason;
    /** What to do about it, where that is known. */
    hint;
    /** Whether repeating the request can help. */
    retry;
    /** How long to wait before that, in milliseconds; `undefined` where nobody says it. */
    retryAfter;
    constructor(error, retry) {
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
export function refusal(error) {
    return new RefusedError(error, retryAfter(error.code));
}
/** The right was taken away, as the server says it. */
export const REVOKED = { code: 4015, name: "revoked", message: "the right was taken away" };
/** Parameters that do not make a channel name. The code that made the address is wrong; repeating does not help. */
export class AddressError extends Error {
    name = "AddressError";
    /** What is wrong. */
    code;
    /** The parameter that it is about; `undefined` where it is about the whole address. */
    parameter;
    constructor(code, message, parameter) {
        super(message);
        this.code = code;
        this.parameter = parameter;
    }
}
/** Data that violates the contract: thrown by `publish`, and reported for an event that came where the policy `onInvalid` is `"throw"`. */
export class PayloadError extends Error {
    name = "PayloadError";
    /** The channel of the event; empty for what belongs to none, such as a call. */
    channel;
    /** The name of the event, or of the call; `presence`, `opening` or `greeting` for these. */
    event;
    /** What is wrong, and where. */
    issues;
    constructor(channel, event, issues) {
        const first = issues[0];
        super(`\`${event}\`${channel === "" ? "" : ` on \`${channel}\``} violates the contract${first === undefined ? "" : `: /${first.path.join("/")}: ${first.message}`}`);
        this.channel = channel;
        this.event = event;
        this.issues = issues;
    }
}
/** More channels at once than one connection carries. */
export class ChannelLimitError extends Error {
    name = "ChannelLimitError";
    /** How many channels one connection carries. */
    limit;
    constructor(limit) {
        super(`one connection carries at most ${limit} channels: leave one before you join another, or use a second client`);
        this.limit = limit;
    }
}
