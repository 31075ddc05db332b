/**
 * What a component follows, for frameworks that set a component up once. The component says what it wants whenever that changes, and is told
 * when there is something new to show. Knows no framework: a binding translates its reactivity into these few calls.
 */
import { type UntypedClient, type UntypedHandlers, type UntypedRealtimeOptions, type UseChannelOptions, type UsePresenceOptions } from "./bindings.js";
import { type StatusSnapshot } from "./status.js";
/** Something that a component follows for as long as it is on the page. */
export declare class Follower {
    protected readonly client: UntypedClient;
    /** Whether a change of the connection is news. */
    protected readonly watchesStatus: boolean;
    private onChange;
    private key;
    private enter;
    private offs;
    constructor(client: UntypedClient);
    /** The component is on the page: subscribes, and tells of each change. On a server this is never called, so nothing connects there. */
    start(changed: () => void): void;
    /** The component is gone. */
    stop(): void;
    /** Whether the component is on the page. */
    protected get isFollowing(): boolean;
    /** The state of the connection; before the component is on the page what a server would render. */
    get snapshot(): StatusSnapshot;
    /** Another key is another subscription. */
    protected want(key: string, enter: () => readonly (() => void)[]): void;
    protected readonly changed: () => void;
    private all;
    private leave;
}
/** Follows one channel: one of its events, or all. */
export declare class ChannelFollower extends Follower {
    private readonly pattern;
    private readonly handlers;
    private readonly event;
    private options;
    private channel;
    constructor(client: UntypedClient, pattern: string, handlers: UntypedHandlers | undefined, event?: string);
    /**
     * Says which channel is wanted now, and how.
     *
     * @throws {@link AddressError} if a parameter violates the contract.
     */
    follow(params: object | undefined, options?: UseChannelOptions): void;
    /** What the component shows. Each property is read through `track`, which tells the framework that it was. */
    state(track: () => void): object;
    private get current();
}
/** Follows who is on a channel. */
export declare class PresenceFollower extends Follower {
    protected readonly watchesStatus: boolean;
    private readonly pattern;
    private presence;
    private isEnabled;
    constructor(client: UntypedClient, pattern: string);
    /** Says whose members are wanted now. */
    follow(params: object | undefined, { enabled }?: UsePresenceOptions): void;
    /** What the component shows. Each property is read through `track`. */
    state(track: () => void): object;
}
/** Follows one member of a channel, and no other. */
export declare class MemberFollower extends Follower {
    protected readonly watchesStatus: boolean;
    private readonly pattern;
    private presence;
    private id;
    constructor(client: UntypedClient, pattern: string);
    /** Says which member of which channel is wanted now. */
    follow(params: object | undefined, id: string): void;
    /** What the component shows. */
    state(track: () => void): object;
}
/** Follows several channels. */
export declare class RealtimeFollower extends Follower {
    private options;
    /** Says which channels are wanted now, and how. */
    follow(options?: UntypedRealtimeOptions): void;
}
/** The state of the connection as the component of a follower shows it. Each property is read through `track`. */
export declare function statusState(follower: Follower, track: () => void): object;
