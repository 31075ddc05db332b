/** What the leading tab does for all: one connection, the channels that any of them wants, and who hears of what. */
import { type Fields } from "../frames.js";
import type { Clock } from "../platform.js";
import type { LinkEnd, Transport } from "../transport.js";
import type { Downward, PlainRefusal, Upward } from "./messages.js";
/** A message without the sender's name. */
export type Unsigned = Downward extends infer Each ? (Each extends Downward ? Omit<Each, "leader"> : never) : never;
/** What a hub works with, and whom it tells. */
export interface HubOptions {
    readonly transport: Transport;
    readonly clock: Clock;
    /** Tells one tab, or all. */
    readonly tell: (message: Unsigned) => void;
}
/** What became of a frame: the server's reply, or that there is none. */
export type Reply = {
    readonly frame: Fields;
} | {
    readonly refusal: PlainRefusal;
};
/** The connection of several tabs, in the one that leads. */
export declare class Hub {
    private readonly options;
    private readonly channels;
    private readonly replies;
    private readonly tabs;
    private readonly assembly;
    private readonly queries;
    private link;
    private welcome;
    /** What the server said last of its own state, for those who come later. */
    private status;
    private lastRef;
    private toldAt;
    private isOver;
    constructor(options: HubOptions);
    /** Takes what a tab says. */
    take(message: Upward): void;
    /** A tab is gone. */
    leave(tab: string): void;
    /** Ends the connection. Who reached the server through it looks for another way. */
    close(end: LinkEnd): void;
    private open;
    /** The others need not hear of every piece of a stream. */
    private live;
    private greetAll;
    /** A tab has no name of its own on the wire, so its name is empty. */
    private greet;
    private pass;
    private answer;
    private want;
    private go;
    private isCurrent;
    /** Makes the server send what is wanted besides. */
    private widen;
    /** Whether the tab had asked for the channel. */
    private unsubscribe;
    /** A subscription that has no outcome yet is left when it has one. */
    private quitUnwanted;
    private quit;
    /** Takes a frame of the server's. */
    private hear;
    /** What begins, interrupts or ends a subscription. */
    private turn;
    /** Begins what the service gave to the connection, where it stands by now. */
    private give;
    private left;
    /** Nobody gets the channel. */
    private refuse;
    private deny;
    private request;
    private settle;
    private get sessionKey();
    /** Tells those who have a channel. */
    private round;
    private say;
}
