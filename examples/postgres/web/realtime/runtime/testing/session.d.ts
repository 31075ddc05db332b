/** One connection to the test's server: what it is subscribed to, and what it is sent. */
import { codes } from "../codes.js";
import { type Fields } from "../frames.js";
import type { Clock } from "../platform.js";
import type { ChannelRequest, Link, LinkEnd, LinkHandlers, OpenRequest, OutgoingFrame } from "../transport.js";
import type { Beginning, Stored } from "./log.js";
import type { Claims } from "./rights.js";
import type { LiveValues } from "./live.js";
import type { Rosters } from "./rosters.js";
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
    /** What the service says to begin with; `undefined` for nothing. */
    readonly greeting: unknown;
    readonly rosters: Rosters;
    /** What a token says, or why it says nothing. */
    claims(token: string): Claims | WireRefusal;
    /** Why a user may not be here, or not have a channel, if so. */
    refusalFor(user: string | null, channel: string | undefined): WireRefusal | undefined;
    /** Why a state may not be shown, if so. */
    refusalOfState(channel: string, state: unknown): WireRefusal | undefined;
    /** What live queries yield. */
    readonly live: LiveValues;
    /** What a live query is called that somebody asks for, or why they do not get it. */
    beginLive(session: Session, frame: Fields): {
        readonly key: string;
    } | {
        readonly error: object;
    };
    /** Answers a call: the members of the reply. */
    answer(session: Session, name: string, data: unknown): Promise<object>;
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
    user: string | null;
    id: string;
    private readonly home;
    private readonly handlers;
    /** The filter of each channel that is subscribed to. */
    private readonly filters;
    /** The channels whose members it wants. */
    private readonly watched;
    /** The channels of the live queries that it asked for, by what they are called. */
    private readonly live;
    /** The calls of the test's that it has not answered. */
    private readonly questions;
    private asked;
    private isOver;
    private cancelHeartbeat;
    private cancelExpiry;
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
    /** Tells those who want to know of a channel's members. */
    tellRoster(channel: string, frame: object): void;
    /** Whether it asked for a live query. */
    hasLive(key: string): boolean;
    /** Tells those who asked for a live query. */
    tellLive(key: string, frame: object): void;
    /** A live query is over for it. */
    endLive(key: string, error: object): void;
    /** Subscribes it to a channel without having been asked. */
    give(channel: string): void;
    /** Ends that. */
    take(channel: string): void;
    /** Asks the client. */
    ask(name: string, data: unknown): Promise<unknown>;
    /** A right is gone: to a channel, or to everything. */
    revoke(channel: string | undefined, until: number, error: WireRefusal): void;
    /** The name among members. */
    get member(): string;
    /** Does not go on with a channel. */
    deny(channel: string, error: WireRefusal): void;
    private endLiveOf;
    private open;
    private start;
    private validity;
    /** Says some time before that a token is about to end, and ends the connection with it. */
    private expire;
    private renew;
    private show;
    private hear;
    private beginLive;
    private obey;
    private subscribe;
    private watch;
    private emit;
}
/** What a client sees of a network that fails. */
export declare const LOST: LinkEnd;
