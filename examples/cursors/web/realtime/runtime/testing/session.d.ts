/** One connection to the test's server: what it is subscribed to, and what it is sent. */
import { codes } from "../codes.js";
import { type Fields } from "../frames.js";
import type { Clock } from "../platform.js";
import type { ChannelRequest, Link, LinkEnd, LinkHandlers, OpenRequest, OutgoingFrame } from "../transport.js";
import type { Beginning, Stored } from "./log.js";
/** The name of an error of the wire. */
export type ErrorName = keyof typeof codes;
/** A refusal as it travels. */
export interface WireRefusal {
    readonly code: number;
    readonly name: ErrorName;
    readonly message: string;
}
/** Where a subscription begins, or why it does not. */
export type Position = Pick<ChannelRequest, "cursor" | "last">;
/** What a connection needs of its server. */
export interface Home {
    readonly clock: Clock;
    readonly contract: string;
    /** Why nobody may connect, if nobody may; `lost` while the server cannot be reached. */
    readonly closed: WireRefusal | "lost" | undefined;
    /** The public name of the session with this key, which is new where there is none. */
    session(key: string | undefined): {
        readonly key: string;
        readonly id: string;
    };
    begin(channel: string, position: Position): Beginning | WireRefusal;
    publish(session: Session, frame: Fields): object | WireRefusal;
    /** A connection is there, or gone. */
    joined(session: Session): void;
    left(session: Session): void;
    /** Calls back soon, or when time is put forward. */
    soon(task: () => void): void;
}
/** One connection, from the server's side. */
export declare class Session implements Link {
    readonly user: string | null;
    id: string;
    private readonly home;
    private readonly handlers;
    /** The filter of each channel that is subscribed to. */
    private readonly filters;
    private isOver;
    private cancelHeartbeat;
    constructor(home: Home, user: string | null, request: OpenRequest, handlers: LinkHandlers);
    /** The channels that it is subscribed to. */
    get channels(): readonly string[];
    close(): void;
    /** Ends it from the server's side, or from in between. */
    end(end: LinkEnd): void;
    /** Ends it with an error of the wire. */
    fail(error: WireRefusal): void;
    send(frames: readonly OutgoingFrame[]): void;
    /** Hands an event on, if it is for this connection. */
    deliver({ entry, excluded }: Stored): void;
    /** Sends a frame about a channel to those who are subscribed to it. */
    tell(channel: string, frame: object): void;
    /** Does not go on with a channel. */
    deny(channel: string, error: WireRefusal): void;
    private open;
    private start;
    private take;
    private subscribe;
    private emit;
}
/** What a client sees of a network that fails. */
export declare const LOST: LinkEnd;
