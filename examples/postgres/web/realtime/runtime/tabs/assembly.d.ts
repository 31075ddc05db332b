/** What the tabs are to the server together, besides their channels: one member, one that asks, one that is asked. */
import type { Fields } from "../frames.js";
import type { Reply } from "./hub.js";
/** What an assembly works with, and whom it tells. */
export interface AssemblyOptions {
    /** Asks the server; the answer is the number of the frame. */
    readonly request: (frame: Fields, onReply: (reply: Reply) => void) => number;
    readonly say: (tab: string, frame: object) => void;
    readonly tabs: () => readonly string[];
}
/** The tabs of one connection. */
export declare class Assembly {
    private readonly options;
    /** What each tab shows of itself on a channel, the newest last. */
    private readonly shown;
    /** Who asked the server what. */
    private readonly asking;
    /** Which tabs have not said yet that they cannot answer. */
    private readonly asked;
    constructor(options: AssemblyOptions);
    /** Takes what a tab sends. Whether it was for here. */
    pass(tab: string, ref: number, frame: Fields): boolean;
    /** Takes what the server says. Whether it was for here. */
    hear(frame: Fields): boolean;
    /** A tab is gone. */
    leave(tab: string): void;
    /** What the tabs show together once one of them shows this; `null` if nothing. */
    private show;
}
