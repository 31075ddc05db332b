/** Values that a page keeps current. A package brings it where the contract has live queries. */
import { RefusedError } from "./errors.js";
import type { Extend, Extension, ExtensionParts } from "./extension.js";
import type { Fields } from "./frames.js";
import { View, type ViewOptions } from "./live/view.js";
import type { StatusSource } from "./status.js";
import type { Uplink } from "./uplink.js";
export type { LiveBinding, LiveItem, LiveName, LiveOptions, LiveParams, LiveQuery, LiveView, Living, UseLive, WithLive } from "./live/surface.js";
export type { LiveError, LiveStatus } from "./live/source.js";
export type { LiveState } from "./live/view.js";
/** How a live query is used, without types. */
export interface AnyLiveOptions extends ViewOptions {
    readonly params?: unknown;
    readonly stream?: boolean | undefined;
}
/** The live queries of one client. */
export declare class LiveQueries implements Extension {
    private readonly parts;
    private readonly connection;
    private readonly addresses;
    private readonly all;
    /** What the server calls them. It may know two as one, whose parameters are spelled in two ways. */
    private readonly byKey;
    private early;
    private uplink;
    private cancelPump;
    private numbers;
    private era;
    constructor(parts: ExtensionParts, connection: StatusSource);
    get isActive(): boolean;
    /**
     * One user's view of a live query.
     *
     * @throws RangeError if the contract has no such query, which the types already rule out.
     * @throws {@link AddressError} if a parameter of the channel violates the contract.
     * @throws {@link PayloadError} if a parameter of the query does.
     */
    live(name: string, channelParams: object | undefined, options?: AnyLiveOptions): View;
    begin(): void;
    channel(): undefined;
    left(): void;
    accept(fields: Fields): boolean;
    up(uplink: Uplink): void;
    down(final: RefusedError | undefined): void;
    private paramsOf;
    private readonly next;
    private enter;
    /** A value that violates the contract is treated as an event that does; but where it is left out, what is shown is not current. */
    private read;
    /** What to send, and whether the connection is needed, is looked at soon, and once for many changes. */
    private pumpSoon;
    private pump;
    private beginning;
    private refused;
    private take;
    /** Whether nobody is left under a key. */
    private drop;
    private leave;
    private send;
}
/** Makes the live queries of a client; what a package hands to its clients. */
export declare const liveQueries: Extend;
