/** The live queries of the tabs that share a connection: the server knows each once, and tells each of its values once. */
import type { Fields } from "../frames.js";
import type { Reply } from "./hub.js";
/** What the live queries of tabs work with, and whom they tell. */
export interface LiveKeysOptions {
    readonly request: (frame: Fields, onReply: (reply: Reply) => void) => void;
    /** Hands what became of a frame to the tab that sent it. */
    readonly answer: (tab: string, ref: number, reply: Reply) => void;
    readonly say: (tab: string, frame: object) => void;
}
/** Who uses which live query. */
export declare class LiveKeys {
    private readonly options;
    private readonly all;
    private readonly told;
    constructor(options: LiveKeysOptions);
    /** Takes what a tab sends. Whether it was for here. */
    pass(tab: string, ref: number, frame: Fields): boolean;
    /** Takes what the server says. */
    hear(frame: Fields): void;
    /** A tab is gone. */
    leave(tab: string): void;
    private begin;
    private begun;
    /** Names the key to a tab, and tells it what the others know: the server does not say it again. */
    private join;
    private quit;
    /** Leaves what nobody uses. One that has no key yet is left when it has one. */
    private tidy;
    private forget;
}
