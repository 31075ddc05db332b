/** Who is on the channels of a client. A package brings it where the contract has channels with members. */
import type { RefusedError } from "./errors.js";
import type { Extend, Extension, ExtensionParts } from "./extension.js";
import type { Fields } from "./frames.js";
import { ChannelPresence } from "./presence/channel-presence.js";
import type { Uplink } from "./uplink.js";
/** Somebody who is on a channel: a user, however many tabs they have open, or a client of nobody. */
export interface Member<State> {
    /** Tells members apart: the user, or the connection of a client of nobody. */
    readonly id: string;
    /** The user; `null` for nobody. */
    readonly user: string | null;
    /** How many connections of the user are there. */
    readonly connections: number;
    /** When the member came, by the server's clock, in milliseconds since 1970. */
    readonly since: number;
    /** What the member shows of itself. */
    readonly state: State;
}
/** Who is on a channel. Its lists are the same objects as long as nothing changes in them. */
export interface Presence<State> {
    /** Whether the roster is known: it comes after somebody subscribes to it, and anew after a reconnect. Until then what was known last stays. */
    readonly isKnown: boolean;
    /** The members, in the order in which they came. Kept current while somebody subscribes. */
    readonly members: readonly Member<State>[];
    /** Their ids; another list only when somebody comes or goes. */
    readonly memberIds: readonly string[];
    /** One member; `undefined` while it is not there. */
    readonly member: (id: string) => Member<State> | undefined;
    /** This client's own member, once the roster shows it. */
    readonly self: Member<State> | undefined;
    /**
     * Shows this client on the channel, or changes what it shows. Of values in quick succession the newest is sent, about ten times a second. It is shown again after a
     * reconnect, by itself, and ends with {@link Presence.leave}; when the page is closed it ends about ten seconds later.
     *
     * @example
     * ```ts
     * const presence = client.channel("chat/{roomId}", { roomId: "42" }).presence();
     * presence.set({ name: "Ann", typing: true });
     * ```
     *
     * @returns once the server has it, or a newer one. It rejects with a {@link RefusedError}: `denied`, `too_large` (more than 1 KiB), `roster_full`. A rejection that
     * nobody waits for is not reported.
     * @throws {@link PayloadError} at once, if the state violates the contract.
     */
    readonly set: (state: State) => Promise<void>;
    /** Is not there any more. */
    readonly leave: () => void;
    /**
     * Calls back after each change of the roster. Subscribes to the channel for as long as somebody does. The answer stops it.
     *
     * @throws {@link ChannelLimitError} if this would be the 101st channel at once.
     */
    readonly subscribe: (listener: () => void) => () => void;
    /**
     * Calls back after each change of one member, its coming and going among them, and of no other.
     *
     * @throws {@link ChannelLimitError} if this would be the 101st channel at once.
     */
    readonly subscribeMember: (id: string, listener: () => void) => () => void;
}
/** What a channel adds that has members. */
export interface WithPresence<State> {
    /** Who is on the channel; the same object for the same channel. Making it costs nothing. */
    presence(): Presence<State>;
}
/** The presences of one client, by channel. */
export declare class Presences implements Extension {
    private readonly options;
    private readonly all;
    private uplink;
    constructor(options: ExtensionParts);
    get isActive(): boolean;
    /**
     * Who is on a channel.
     *
     * @throws RangeError if the contract's channel has no members, which the types already rule out.
     */
    of(pattern: string, name: string): ChannelPresence;
    begin(): void;
    channel(pattern: string, name: string): object | undefined;
    accept(fields: Fields): boolean;
    up(uplink: Uplink): void;
    down(final: RefusedError | undefined): void;
    left(name: string, error: RefusedError | undefined): void;
}
/** Makes the presences of a client; what a package hands to its clients. */
export declare const presences: Extend;
