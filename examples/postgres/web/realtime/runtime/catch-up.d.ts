/**
 * Brings one listener from its own cursor to where a shared subscription is.
 *
 * The first listener of a channel decides where the subscription starts. One that comes later with a cursor of its own reads the stored
 * events behind it page by page, while live events are held back for it; when the pages meet the held events, it joins the others.
 */
import type { EventFrame } from "./frames.js";
import type { Page } from "./history.js";
import type { AnyEvent } from "./intake.js";
import type { Clock } from "./platform.js";
/** What catching up works with, and whom it tells. */
export interface CatchUpOptions {
    readonly clock: Clock;
    /** The page of stored events after a cursor; the first one where the listener has none. */
    readonly page: (after: string | undefined) => Promise<Page>;
    /** The event that a stored frame holds; `undefined` if it is not to be handed on. */
    readonly read: (frame: EventFrame) => AnyEvent | undefined;
    readonly deliver: (event: AnyEvent) => void;
    /** Events after `from` are gone. */
    readonly onGap: (gap: NonNullable<Page["gap"]>, from: string | null, cursor: string) => void;
    /** The listener needs no more care: what the subscription brings is new to it. */
    readonly onDone: () => void;
}
/** The way of one listener to the present. */
export declare class CatchUp {
    private readonly options;
    private cursor;
    private held;
    /** The number of the last stored event that was delivered; `undefined` where numbers began anew. */
    private last;
    /** What was held is incomplete, so the pages must reach further before they can meet it. */
    private again;
    private running;
    /** The pages met the present. What remains is to leave out live events that a page brought already. */
    private joined;
    private stopped;
    private failures;
    private cancelRetry;
    constructor(cursor: string | undefined, options: CatchUpOptions);
    /** The subscription is live: from here on every event is either held or stored. Does nothing if it was told before. */
    start(): void;
    /** Whether it has not begun, and would begin here. */
    waitsAt(cursor: string | undefined): boolean;
    /** Takes an event that the others get now. */
    take(event: AnyEvent): void;
    /** Numbers may have begun anew, or events been lost on the way here: what is held proves nothing any more. */
    restart(): void;
    /** The listener left. */
    stop(): void;
    private run;
    private replay;
    private meets;
    private join;
    /** The stream may lag behind the pages, so a live event is new only above the last one delivered. */
    private pass;
    private pause;
}
