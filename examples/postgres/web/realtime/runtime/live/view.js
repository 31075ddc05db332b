/** A live query as one user of it sees it: accumulated or not, and with something to show before the first value. */
import { guarded } from "../news.js";
/** One user's view. */
export class View {
    key;
    parts;
    listeners = new Set();
    leave;
    state;
    data;
    seen = 0;
    era;
    constructor(parts) {
        this.key = parts.key;
        this.parts = parts;
        this.era = parts.era();
        this.data = this.beginning;
        this.rendered = Object.freeze({ data: this.data, status: "connecting", error: undefined });
    }
    get current() {
        if (this.parts.options.enabled === false)
            return this.paused;
        const source = this.parts.find();
        this.follow(source);
        return this.show(source?.status ?? "connecting", source?.error);
    }
    /** The same while it is not followed. */
    get paused() {
        this.follow(undefined);
        return this.show("closed", undefined);
    }
    /** What a server renders. */
    rendered;
    // Arrow functions, because bindings hand them out by themselves.
    subscribe = (listener) => {
        if (this.parts.options.enabled === false)
            return nothing;
        // A wrapper of its own for each call, so that one function subscribed twice is called twice and leaves once.
        const entry = () => listener();
        this.listeners.add(entry);
        this.leave ??= this.parts.enter().listen(this.changed);
        return () => {
            if (this.listeners.delete(entry) && this.listeners.size === 0)
                this.stop();
        };
    };
    reload = () => this.parts.find()?.reload() ?? Promise.resolve();
    stop = () => {
        this.listeners.clear();
        this.leave?.();
        this.leave = undefined;
    };
    changed = () => {
        const before = this.state;
        if (this.current === before)
            return;
        for (const listener of [...this.listeners])
            guarded(listener, undefined, this.parts.report);
    };
    get beginning() {
        const { fallback, initial } = this.parts.options;
        return fallback === undefined ? initial : fallback;
    }
    /** Takes the newest value in, once. */
    follow(source) {
        const { options, era, report } = this.parts;
        if (this.era !== era()) {
            this.era = era();
            this.data = this.beginning;
            this.seen = 0;
        }
        const latest = source?.latest;
        if (latest === undefined || latest.number === this.seen)
            return;
        const isFirst = this.seen === 0;
        this.seen = latest.number;
        const { reduce } = options;
        if (reduce === undefined)
            this.data = latest.data;
        else
            guarded(() => (this.data = reduce(isFirst ? options.initial : this.data, latest.data, ...(latest.event ?? []))), undefined, report);
    }
    show(status, error) {
        const { state, data } = this;
        if (state === undefined || state.data !== data || state.status !== status || state.error !== error)
            this.state = Object.freeze({ data, status, error });
        return this.state;
    }
}
function nothing() {
    // Who is not enabled has subscribed to nothing.
}
