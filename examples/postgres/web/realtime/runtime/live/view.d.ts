/** A live query as one user of it sees it: accumulated or not, and with something to show before the first value. */
import type { LiveError, LiveStatus, Source } from "./source.js";
/** What a user of a live query sees at one moment. The same object as long as nothing changes. */
export interface LiveState<Data> {
    /** The newest good value, or what was accumulated; before the first one what `fallback` or `initial` says. */
    readonly data: Data;
    /** Whether that is current. */
    readonly status: LiveStatus;
    /** Why it is not, where the status is `error` or `closed`. */
    readonly error: LiveError | undefined;
}
/** How one user sees it. */
export interface ViewOptions {
    readonly fallback?: unknown;
    readonly initial?: unknown;
    readonly reduce?: ((all: unknown, data: unknown, ...event: readonly unknown[]) => unknown) | undefined;
    readonly enabled?: boolean | undefined;
}
/** What a view works with. */
export interface ViewParts {
    /** Equal for views of the same, whatever they make of it. */
    readonly key: string;
    readonly options: ViewOptions;
    /** Where values come from, if somebody asked for them already. */
    readonly find: () => Source | undefined;
    /** The same, and asks for them. */
    readonly enter: () => Source;
    /** Changes when what was shown is not this user's. */
    readonly era: () => number;
    readonly report: (error: unknown) => void;
}
/** One user's view. */
export declare class View {
    readonly key: string;
    private readonly parts;
    private readonly listeners;
    private leave;
    private state;
    private data;
    private seen;
    private era;
    constructor(parts: ViewParts);
    get current(): LiveState<unknown>;
    /** The same while it is not followed. */
    get paused(): LiveState<unknown>;
    /** What a server renders. */
    readonly rendered: LiveState<unknown>;
    readonly subscribe: (listener: () => void) => (() => void);
    readonly reload: () => Promise<void>;
    readonly stop: () => void;
    private readonly changed;
    private get beginning();
    /** Takes the newest value in, once. */
    private follow;
    private show;
}
