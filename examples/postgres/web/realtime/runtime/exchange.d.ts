/** What passes between one client and the service besides events: calls both ways, and greetings. A package brings it where the contract has some. */
import type { CallShape, ConnectionShape, ContractData } from "./contract.js";
import { RefusedError } from "./errors.js";
import type { Extend, Extension, ExtensionParts } from "./extension.js";
import { type Fields, type WelcomeFrame } from "./frames.js";
import type { Uplink } from "./uplink.js";
/** How to call. */
export interface CallOptions {
    /** How long to wait for the answer, in milliseconds. Default 10 s. */
    readonly timeout?: number | undefined;
}
/** What follows the name of a call: what is asked with, unless that is nothing, and how. */
export type CallArguments<Request> = [Request] extends [void] ? readonly [data?: undefined, options?: CallOptions] : readonly [data: Request, options?: CallOptions];
/** The request of a call. */
export type RequestOf<Calls, Name extends keyof Calls> = Calls[Name] extends CallShape ? Calls[Name]["request"] : never;
/** The reply to a call. */
export type ReplyOf<Calls, Name extends keyof Calls> = Calls[Name] extends CallShape ? Calls[Name]["reply"] : never;
/** What a client adds that can ask the service. */
export interface Calling<Calls> {
    /**
     * Asks the service, over the connection of this client, which it opens where there is none. At most 16 calls are under way at once; others wait for their turn, as they do while the service is asked too often.
     *
     * @example
     * ```ts
     * const { title } = await client.call("board.rename", { boardId, title: "Plans" }, { timeout: 2000 });
     * ```
     *
     * @returns the answer. It rejects with a {@link RefusedError}: `call_failed` with the service's words, `unknown_call`, `denied`, `call_timeout` (nobody answered in time; it may have been
     * done), `expired` (it was never sent), `unknown_outcome` (the connection was lost meanwhile); and with a {@link PayloadError} if the answer violates the contract.
     * @throws {@link PayloadError} at once, if the data violates the contract. Nothing is sent.
     */
    readonly call: <Name extends keyof Calls & string>(name: Name, ...given: CallArguments<RequestOf<Calls, Name>>) => Promise<ReplyOf<Calls, Name>>;
}
/** What a client adds that the service can ask. */
export interface Answering<Answers> {
    /**
     * Answers a call of the service; the newest handler of a name does. Keeps the connection open for as long as it is registered. What it throws is told to the service as a failure, with
     * the message of the error. The answer takes the handler back.
     *
     * @example
     * ```ts
     * const off = client.onCall("confirm", async ({ text }) => ({ confirmed: await ask(text) }));
     * ```
     */
    readonly onCall: <Name extends keyof Answers & string>(name: Name, handler: (data: RequestOf<Answers, Name>) => ReplyOf<Answers, Name> | PromiseLike<ReplyOf<Answers, Name>>) => () => void;
}
/** What a client adds that the service greets. */
export interface Greeted<Greeting> {
    /** What the service said when this connection began; `undefined` where it said nothing. */
    readonly greeting: Greeting | undefined;
    /** Calls back with what the service says to this client when the connection begins, or a channel, which is named then. The answer stops it. */
    readonly onGreeting: (handler: (greeting: Greeting, channel: string | undefined) => void) => () => void;
}
/** What a client adds by what its contract says of connections. */
export type Exchanging<K extends ConnectionShape> = (keyof K["calls"] extends never ? unknown : Calling<K["calls"]>) & (keyof K["answers"] extends never ? unknown : Answering<K["answers"]>) & ([K["greeting"]] extends [undefined] ? unknown : Greeted<K["greeting"]>);
/** What options add. */
export type Opening<K extends ConnectionShape> = [K["opening"]] extends [undefined] ? unknown : {
    /** What this client says of itself each time it connects; at most 2 KiB as JSON. It travels in a URL, so it is no place for secrets. */
    readonly opening: K["opening"];
};
type AnyHandler = (data: unknown) => unknown;
/** The exchange of one client with the service. */
export declare class Exchange implements Extension {
    greeting: unknown;
    private readonly options;
    private uplink;
    /** In the order of the calls. */
    private readonly questions;
    private readonly handlers;
    /** Set while the server wants no further call. */
    private pause;
    private readonly greeters;
    constructor(options: ExtensionParts);
    get isActive(): boolean;
    call(name: string, data: unknown, { timeout }?: CallOptions): Promise<unknown>;
    onCall(name: string, handler: AnyHandler): () => void;
    onGreeting(handler: (greeting: unknown, channel: string | undefined) => void): () => void;
    channel(): undefined;
    left(): void;
    accept(fields: Fields): boolean;
    begin({ greeting }: WelcomeFrame): void;
    up(uplink: Uplink): void;
    down(final: RefusedError | undefined): void;
    private pump;
    /** The server did not take it: it waits for its turn again, as long as who asked does. */
    private postpone;
    private resume;
    private reply;
    private settle;
    private answer;
    private answerOf;
    private greet;
    private specOf;
}
/**
 * What the client says of itself, as JSON; what a package hands to its clients.
 *
 * @throws {@link PayloadError} if it violates the contract.
 */
export declare function openingOf({ connection }: ContractData, opening: unknown): string | undefined;
/** Makes the exchange of a client; what a package hands to its clients. */
export declare const exchange: Extend;
export {};
