/** An incremental parser for Server-Sent Events, as far as the protocol uses them: `data`, `retry` and comments. */
import { platform } from "./platform.js";
/** A block, and so a line, is never longer than this many UTF-16 units. A frame holds one event, which is far smaller. */
export const MAX_BLOCK = 2 * 1024 * 1024;
/** A stream that no server of this protocol sends. The connection cannot be trusted any longer; reconnect. */
export class StreamError extends Error {
    name = "StreamError";
}
/**
 * Parses a stream in whatever pieces it arrives: pieces may end inside a character, a line, or a CRLF.
 *
 * @example
 * ```ts
 * const parser = new StreamParser({ onFrame: console.log, onComment: () => {}, onRetry: () => {} });
 * parser.push(new TextEncoder().encode('data: {"type":"welcome"}\n\n'));
 * ```
 */
export class StreamParser {
    handlers;
    /** Keeps the bytes of an incomplete character, and drops a byte order mark at the start. */
    decoder = new platform.TextDecoder();
    /** The beginning of a line whose end has not arrived, in the pieces it came in: joining them each time would be quadratic. */
    partial = [];
    partialLength = 0;
    /** Whether the last line ended with CR, so that a LF belongs to it. */
    afterReturn = false;
    data = [];
    dataLength = 0;
    constructor(handlers) {
        this.handlers = handlers;
    }
    /**
     * Takes the next piece of the stream.
     *
     * @throws {@link StreamError} if a block is longer than 2 MiB; the parser must not be used again.
     */
    push(bytes) {
        const text = this.decoder.decode(bytes, { stream: true });
        let start = 0;
        if (this.afterReturn && text.length > 0) {
            if (text.charCodeAt(0) === LF)
                start = 1;
            this.afterReturn = false;
        }
        let feed = text.indexOf("\n", start);
        let carriage = text.indexOf("\r", start);
        while (feed !== -1 || carriage !== -1) {
            const atReturn = carriage !== -1 && (feed === -1 || carriage < feed);
            const end = atReturn ? carriage : feed;
            this.line(text.slice(start, end));
            start = end + 1;
            if (atReturn) {
                if (start === text.length)
                    this.afterReturn = true;
                else if (feed === start)
                    start += 1;
                carriage = text.indexOf("\r", start);
            }
            if (feed !== -1 && feed < start)
                feed = text.indexOf("\n", start);
        }
        if (start < text.length)
            this.keep(text.slice(start));
    }
    keep(piece) {
        this.partialLength += piece.length;
        if (this.partialLength > MAX_BLOCK)
            throw new StreamError("a line is longer than 2 MiB");
        this.partial.push(piece);
    }
    line(end) {
        let line = end;
        if (this.partialLength > 0) {
            this.keep(end);
            line = this.partial.join("");
            this.partial = [];
            this.partialLength = 0;
        }
        else if (end.length > MAX_BLOCK) {
            throw new StreamError("a line is longer than 2 MiB");
        }
        if (line === "")
            return this.dispatch();
        const colon = line.indexOf(":");
        if (colon === 0)
            return this.handlers.onComment();
        const field = colon === -1 ? line : line.slice(0, colon);
        const value = colon === -1 ? "" : line.slice(line.charCodeAt(colon + 1) === SPACE ? colon + 2 : colon + 1);
        if (field === "data")
            this.append(value);
        else if (field === "retry" && /^[0-9]+$/.test(value))
            this.handlers.onRetry(Number(value));
    }
    append(value) {
        this.dataLength += value.length + 1;
        if (this.dataLength > MAX_BLOCK)
            throw new StreamError("a block is longer than 2 MiB");
        this.data.push(value);
    }
    dispatch() {
        if (this.data.length === 0)
            return;
        const text = this.data.length === 1 ? (this.data[0] ?? "") : this.data.join("\n");
        this.data = [];
        this.dataLength = 0;
        if (text !== "")
            this.handlers.onFrame(text);
    }
}
const LF = 10;
const SPACE = 32;
