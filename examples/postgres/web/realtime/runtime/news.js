/** Who wants to hear of what happens to channels. */
/** Handlers by the name of their channel, or `undefined` for all channels. */
export class News {
    all = new Map();
    report;
    constructor(report) {
        this.report = report;
    }
    /** Calls `handler` for each piece of news of one channel, or of any. The answer stops that. */
    on(name, handler) {
        const handlers = this.all.get(name) ?? new Set();
        this.all.set(name, handlers);
        // A wrapper of its own for each call, so that one function registered twice is called twice and leaves once.
        const entry = (what) => handler(what);
        handlers.add(entry);
        return () => {
            handlers.delete(entry);
            if (handlers.size === 0 && this.all.get(name) === handlers)
                this.all.delete(name);
        };
    }
    /** Tells those who want to hear of this channel. What a handler throws is reported and starves nobody. */
    tell(name, what) {
        for (const handler of [...(this.all.get(name) ?? []), ...(this.all.get(undefined) ?? [])])
            guarded(handler, what, this.report);
    }
}
/** Runs a handler of the application. What it throws is reported. */
export function guarded(handler, what, report) {
    try {
        handler(what);
    }
    catch (error) {
        report(error);
    }
}
