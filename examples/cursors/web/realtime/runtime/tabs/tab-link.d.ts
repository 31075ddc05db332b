/**
 * The link of one tab that shares its connection: to the tab that leads, or to the hub where this one does.
 *
 * Who leads is who has a lock of the browser's, which passes to the next tab by itself when its holder goes. A holder that is there and does not answer,
 * such as a tab that was frozen, has the lock taken from it.
 */
import type { HistoryQuery, Page } from "../history.js";
import type { Clock, TabLocks, TabWire } from "../platform.js";
import type { Link, LinkHandlers, OpenRequest, OutgoingFrame, Transport } from "../transport.js";
import type { OwnEvents } from "./own-events.js";
/** A leader that does not answer for this long is not awake, in milliseconds. */
export declare const PATIENCE = 3000;
/** A leader of which nothing is heard for this long is asked whether it is awake, in milliseconds. */
export declare const QUIET = 5000;
/** What the tabs of a browser have in common. */
export interface Surroundings {
    readonly locks: TabLocks;
    readonly wire: (name: string) => TabWire;
    readonly controller: () => {
        readonly signal: Parameters<TabLocks["request"]>[1]["signal"];
        abort(): void;
    };
}
/** What a tab's link works with. */
export interface TabLinkParts {
    readonly clock: Clock;
    readonly surroundings: Surroundings;
    /** What the tabs that share a connection share, too. */
    readonly group: string;
    readonly own: OwnEvents;
    /** The way to the server, for the tab that leads. */
    readonly transport: Transport;
    readonly page: (channel: string, query: HistoryQuery) => Promise<Page>;
}
/** The link of one tab. */
export declare class TabLink implements Link {
    private readonly parts;
    private readonly handlers;
    private readonly opening;
    /** Tells this link from those of other tabs, and from earlier ones of this tab. */
    private readonly id;
    private readonly wire;
    private readonly pipes;
    /** The keys of what this tab published over this link, by the numbers of the frames. */
    private readonly published;
    private readonly cancels;
    private hub;
    private leader;
    private origin;
    private heardAt;
    private cancelWatch;
    private isAlone;
    private wasDoubtful;
    /** Whether those who lead can tell that this tab is there. */
    private isPresent;
    private isOver;
    constructor(parts: TabLinkParts, { channels, later, session }: OpenRequest, handlers: LinkHandlers);
    close(): void;
    send(frames: readonly OutgoingFrame[]): void;
    /** Says something to whoever leads. */
    private ask;
    /** Holds a lock for as long as there is this link. */
    private hold;
    /** A lock was taken away, or is not to be had. */
    private lost;
    private lead;
    private begin;
    /** Says something as the one that leads. */
    private tell;
    private hear;
    /** Another tab leads from here on. */
    private moved;
    private follow;
    private frame;
    /** An acknowledgement says which of the events that come are this tab's. */
    private settle;
    private pipe;
    private drop;
    private end;
    /** Looks whether there is a leader, and whether it is awake. */
    private watch;
    private look;
    private presence;
}
