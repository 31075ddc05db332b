/** The test's server: channels in memory, and the connections to them. Knows no types of the contract; those are in `testing`. */
import type { ContractData, ValueSpec } from "../contract.js";
import type { Fields } from "../frames.js";
import type { Fetch } from "../platform.js";
import type { Published } from "../publication.js";
import type { Transport } from "../transport.js";
import { TestClock } from "./clock.js";
import { type Beginning, Log, type LogEntry } from "./log.js";
import { LiveValues } from "./live.js";
import { Rights, type Scope } from "./rights.js";
import { Rosters } from "./rosters.js";
import { type ErrorName, type Home, type Position, Session, type WireRefusal } from "./session.js";
/** An event on its way into a channel. */
export interface Draft {
    readonly pattern: string;
    readonly channel: string;
    readonly event: string;
    readonly data: unknown;
    readonly sender: string | null;
    readonly origin?: string;
    readonly excluded?: string | undefined;
}
/** The server without types. */
export declare class ServerImplementation implements Home {
    readonly clock: TestClock;
    /** What clients published, in this order. */
    readonly published: LogEntry[];
    closed: WireRefusal | "lost" | undefined;
    greeting: unknown;
    readonly rosters: Rosters;
    readonly rights: Rights;
    readonly live: LiveValues;
    /** Who answers calls. */
    readonly handlers: Map<string, (data: unknown, connection: Session) => unknown>;
    private readonly data;
    private readonly addresses;
    private readonly logs;
    private readonly denials;
    private readonly sessions;
    private readonly keys;
    /** What was stored under each key that a client gave. */
    private readonly stored;
    private readonly tasks;
    constructor(contract: ContractData);
    get contract(): string;
    get connections(): readonly Session[];
    name(pattern: string, params: object | undefined): string;
    transport(user: string | null): Transport;
    advance(milliseconds: number): void;
    /**
     * Takes an event into its channel.
     *
     * @throws {@link PayloadError} if the data violates the contract.
     * @throws RangeError if the channel has no such event.
     */
    store({ pattern, channel, event, data, sender, origin, excluded }: Draft): Published;
    deny(channel: string, name: ErrorName): void;
    /** Takes rights away, and tells those who have them. */
    revoke(scope: Scope, seconds: number): void;
    claims(token: string): ReturnType<Rights["claims"]>;
    refusalFor(user: string | null, channel: string | undefined): WireRefusal | undefined;
    specOfPresence(pattern: string): ValueSpec | undefined;
    refusalOfState(channel: string, state: unknown): WireRefusal | undefined;
    beginLive(session: Session, { query, channel, params }: Fields): {
        readonly key: string;
    } | {
        readonly error: object;
    };
    answer(session: Session, name: string, data: unknown): Promise<object>;
    allow(channel: string): void;
    /** Tells those who are subscribed that events are missing. */
    gap(channel: string, reason: string, change: (log: Log) => number | undefined): void;
    trim(channel: string, kept: number): void;
    /** Cuts every connection. */
    disconnect(): void;
    refuse(name: ErrorName): void;
    session(known: string | undefined): {
        readonly key: string;
        readonly id: string;
    };
    begin(channel: string, { cursor, last }: Position): Beginning | WireRefusal;
    publish(session: Session, frame: Fields): object | WireRefusal;
    joined(session: Session): void;
    left(session: Session): void;
    soon(task: () => void): void;
    /** Answers requests for pages of history. */
    readonly fetch: Fetch;
    private settle;
    private log;
    private refusalOf;
    private specOf;
    /** The pattern that a name is made of: that which makes the same name of the values in it. */
    private patternOf;
    private makes;
}
