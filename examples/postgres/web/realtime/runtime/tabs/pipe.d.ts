/** One channel of one tab: what the leader hands round, from this tab's own position on. */
import { RefusedError } from "../errors.js";
import type { HistoryQuery, Page } from "../history.js";
import type { Clock } from "../platform.js";
import type { Wanted } from "./messages.js";
import { type OwnEvents } from "./own-events.js";
/** A frame of a channel. */
export interface Item {
    readonly kind: string;
    readonly text: string;
    /** Whether a tab of this browser published the event. */
    readonly isOurs: boolean;
}
/** What a pipe works with, and whom it tells. */
export interface PipeOptions {
    readonly clock: Clock;
    readonly own: OwnEvents;
    readonly page: (query: HistoryQuery) => Promise<Page>;
    /** The session that all tabs share; its name is the origin of what they publish. */
    readonly origin: string;
    /** One frame for this tab. */
    readonly emit: (frame: object | string) => void;
    /** The channel is not to be had after all. */
    readonly onRefused: (error: RefusedError) => void;
}
/** The frames of a channel on their way to this tab. */
export declare class Pipe {
    private readonly options;
    private queue;
    private isJoining;
    /** Frames were given up while pages came, so the pages must reach further. */
    private again;
    /** Stored events up to this number came with a page already. */
    private floor;
    private isClosed;
    private failures;
    private cancelTimer;
    constructor(options: PipeOptions);
    /** The others are at `position`. Brings this tab from its own one to where they are. */
    join({ name, cursor, last }: Wanted, position: string): void;
    take(item: Item): void;
    /** Hands on what can be handed on; told when an acknowledgement came that may decide whose an event is. */
    pump(): void;
    close(): void;
    /** Hands one frame on, or not at all. `false` while it is not known whether this tab wants it. */
    private pass;
    private hand;
    private give;
    private catchUp;
    private replay;
    private meets;
    private pause;
}
