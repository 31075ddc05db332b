/** The types of live queries, for clients and for the bindings of each framework. */
import type { ChannelEvent, ChannelMap, LiveShape, Pattern } from "../contract.js";
import type { LiveState } from "./view.js";
/** The names of a contract's live queries. */
export type LiveName<L> = keyof L & string;
type Part<L, Q extends keyof L, Name extends keyof LiveShape> = L[Q] extends LiveShape ? L[Q][Name] : never;
type ChannelOf<C extends ChannelMap<C>, L, Q extends keyof L> = Part<L, Q, "channel"> & Pattern<C>;
/** The parameters of a live query's channel; `undefined` where it has none. */
export type LiveParams<C extends ChannelMap<C>, L, Q extends keyof L> = C[ChannelOf<C, L, Q>]["params"];
type PayloadOf<Events> = Events[keyof Events];
/** What a live query brings: what it yields, or with `stream` what the events of its channel carry. */
export type LiveItem<C extends ChannelMap<C>, L, Q extends keyof L, Stream extends boolean> = Stream extends true ? PayloadOf<C[ChannelOf<C, L, Q>]["events"]> : Part<L, Q, "data">;
type EventOf<C extends ChannelMap<C>, L, Q extends keyof L, Stream extends boolean> = Stream extends true ? readonly [event: ChannelEvent<C, ChannelOf<C, L, Q>>] : readonly [];
/** What every use of a live query may say. */
export interface LiveOptions<Stream extends boolean = boolean> {
    /**
     * `true` hands out what each event of the query's channel carries, instead of what the query yields: its loader does not run, and there is nothing before the next event.
     * Default `false`.
     */
    readonly stream?: Stream | undefined;
    /** `false` leaves the query until it is `true` again: the status is `closed`, and what was shown last stays. Default `true`. */
    readonly enabled?: boolean | undefined;
}
/** What a query takes besides the parameters of its channel; with `stream` it makes no difference. */
type Taking<Params> = [Params] extends [undefined] ? {
    readonly params?: undefined;
} : NonNullable<unknown> extends Params ? {
    readonly params?: Params | undefined;
} : {
    readonly params: Params;
};
/** How values are accumulated. Read when the query begins; a change of `reduce` matters to values that come from then on. */
export interface Accumulating<All, Item, Event extends readonly unknown[]> {
    /** What the first value is added to, and what is shown before it. */
    readonly initial: All;
    /** Shown before the first value instead of `initial`. */
    readonly fallback?: All | undefined;
    /** Adds a value, once each. With `stream` the event tells what it is. It is a pure function. */
    readonly reduce: (all: All, data: Item, ...event: Event) => All;
}
/** What is shown before the first value. Read when the query begins. */
export interface FallingBack<Item> {
    /** Shown before the first value, such as what the page was rendered with. */
    readonly fallback: Item;
    readonly reduce?: undefined;
}
/** A live query of a client. */
export interface LiveQuery<Data> {
    /** What there is to show: the same object as long as nothing changes. */
    readonly current: LiveState<Data>;
    /**
     * Asks for the query for as long as somebody does, and calls back after each change of `current`. It is left five seconds after the last one on the page. The answer stops it.
     *
     * @throws {@link ChannelLimitError} with `stream`, if this would be the 101st channel at once.
     */
    readonly subscribe: (listener: () => void) => () => void;
    /**
     * Makes the service load it again, or asks again for what was refused. Nothing happens where nobody subscribes.
     *
     * @returns once a newer value, or that it did not change, is told. It rejects with the error of that run, or with what closed the query. A rejection that nobody waits for is not reported.
     */
    readonly reload: () => Promise<void>;
    /** Ends every subscription that was made through this object. */
    readonly stop: () => void;
}
/** A live query as a component sees it. */
export interface LiveView<Data> extends LiveState<Data> {
    /** Makes the service load it again; as {@link LiveQuery.reload}. */
    readonly reload: () => Promise<void>;
}
interface Store<Value> {
    subscribe(run: (value: Value) => void): () => void;
}
/** What each binding takes for a value. */
interface Given<Value> {
    readonly client: Value;
    readonly react: Value;
    readonly solid: Value | (() => Value);
    readonly svelte: Value | (() => Value) | Store<Value>;
    readonly vue: Value | (() => Value) | {
        readonly value: Value;
    };
}
/** What each binding returns. */
interface Returned<Data> {
    readonly client: LiveQuery<Data>;
    readonly react: LiveView<Data>;
    readonly solid: LiveView<Data>;
    readonly svelte: LiveView<Data> & Store<LiveView<Data>>;
    readonly vue: LiveView<Data>;
}
type Optional<Params, GivenParams, Query, Options> = [Query] extends [undefined] ? undefined extends Params ? readonly [params?: undefined, options?: Options] : readonly [params: GivenParams, options?: Options] : readonly [params: GivenParams, options: Options];
/** Asks for a live query, for a client or a component. */
export interface UseLive<C extends ChannelMap<C>, L, B extends keyof Given<unknown>> {
    <Q extends LiveName<L>, All, Stream extends boolean = false>(name: Q, params: Given<LiveParams<C, L, Q>>[B], options: Given<LiveOptions<Stream> & Taking<Part<L, Q, "params">> & Accumulating<All, LiveItem<C, L, Q, Stream>, EventOf<C, L, Q, Stream>>>[B]): Returned<All>[B];
    <Q extends LiveName<L>, Stream extends boolean = false>(name: Q, params: Given<LiveParams<C, L, Q>>[B], options: Given<LiveOptions<Stream> & Taking<Part<L, Q, "params">> & FallingBack<LiveItem<C, L, Q, Stream>>>[B]): Returned<LiveItem<C, L, Q, Stream>>[B];
    <Q extends LiveName<L>>(name: Q, params: Given<LiveParams<C, L, Q>>[B], options: Given<LiveOptions<true> & Taking<Part<L, Q, "params">> & {
        readonly stream: true;
        readonly reduce?: undefined;
    }>[B]): Returned<LiveItem<C, L, Q, true> | undefined>[B];
    <Q extends LiveName<L>>(name: Q, ...rest: Optional<LiveParams<C, L, Q>, Given<LiveParams<C, L, Q>>[B], Part<L, Q, "params">, Given<LiveOptions<false> & Taking<Part<L, Q, "params">> & {
        readonly reduce?: undefined;
    }>[B]>): Returned<LiveItem<C, L, Q, false> | undefined>[B];
}
/** What a client adds whose contract has live queries. */
export interface WithLive<C extends ChannelMap<C>, L> {
    /**
     * A live query: a value that the service loads, and again after each event of its channel. Making one costs nothing; all on a page who ask for the same share one
     * subscription and its value.
     *
     * @example
     * ```ts
     * const cards = client.live("boardCards", { boardId }, { fallback: [] });
     * const off = cards.subscribe(() => show(cards.current.data, cards.current.status));
     * ```
     *
     * @throws {@link AddressError} if a parameter of the channel violates the contract.
     * @throws {@link PayloadError} if a parameter of the query does.
     */
    readonly live: UseLive<C, L, "client">;
}
/** What a contract that may have live queries adds to a client. */
export type Living<C extends ChannelMap<C>, K> = K extends {
    readonly live: infer L;
} ? WithLive<C, L> : unknown;
/** The function of a framework's binding that asks for a live query. */
export type LiveBinding<C extends ChannelMap<C>, K, B extends "react" | "solid" | "svelte" | "vue"> = K extends {
    readonly live: infer L;
} ? UseLive<C, L, B> : never;
export {};
