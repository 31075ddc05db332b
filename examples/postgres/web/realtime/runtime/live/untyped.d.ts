/** Live queries as the bindings use them, without their types. */
import type { UntypedClient } from "../bindings.js";
import type { LiveState, ViewOptions } from "./view.js";
/** How a component uses a live query. */
export interface UntypedLiveOptions extends ViewOptions {
    readonly params?: unknown;
    readonly stream?: boolean | undefined;
}
/** One view of a live query. */
export interface UntypedView {
    readonly key: string;
    readonly current: LiveState<unknown>;
    readonly paused: LiveState<unknown>;
    readonly rendered: LiveState<unknown>;
    readonly subscribe: (listener: () => void) => () => void;
    readonly reload: () => Promise<void>;
}
/** A client whose contract has live queries. */
export interface UntypedLiveClient extends UntypedClient {
    live(name: string, params: object | undefined, options: UntypedLiveOptions): UntypedView;
}
/** The view that a component asks for. Its `reduce` may be another one with each value, and whether it is enabled is the component's to know. */
export declare function viewOf(client: UntypedLiveClient, name: string, params: object | undefined, options: UntypedLiveOptions, newest: () => UntypedLiveOptions): UntypedView;
