/** An incremental parser for Server-Sent Events, as far as the protocol uses them: `data`, `retry` and comments. */
/** Who is told about what a stream holds. */
export interface StreamHandlers {
    /** The data of one block; several `data` lines are joined by line feeds. */
    onFrame(text: string): void;
    /** A comment: the server's heartbeat. */
    onComment(): void;
    /** The delay, in milliseconds, that the server asks for before a reconnect. */
    onRetry(milliseconds: number): void;
}
/** A block, and so a line, is never longer than this many UTF-16 units. A frame holds one event, which is far smaller. */
export declare const MAX_BLOCK: number;
/** A stream that no server of this protocol sends. The connection cannot be trusted any longer; reconnect. */
export declare class StreamError extends Error {
    readonly name = "StreamError";
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
export declare class StreamParser {
    private readonly handlers;
    /** Keeps the bytes of an incomplete character, and drops a byte order mark at the start. */
    private readonly decoder;
    /** The beginning of a line whose end has not arrived, in the pieces it came in: joining them each time would be quadratic. */
    private partial;
    private partialLength;
    /** Whether the last line ended with CR, so that a LF belongs to it. */
    private afterReturn;
    private data;
    private dataLength;
    constructor(handlers: StreamHandlers);
    /**
     * Takes the next piece of the stream.
     *
     * @throws {@link StreamError} if a block is longer than 2 MiB; the parser must not be used again.
     */
    push(bytes: Uint8Array): void;
    private keep;
    private line;
    private append;
    private dispatch;
}
