/** The live queries of the tabs that share a connection: the server knows each once, and for as long as any tab uses it. */
/** Who uses which live query. */
export class LiveKeys {
    options;
    all = new Map();
    constructor(options) {
        this.options = options;
    }
    /** Takes what a tab sends. Whether it was for here. */
    pass(tab, ref, frame) {
        const { type, key, end, query, channel, params } = frame;
        if (type !== "live")
            return false;
        if (key === undefined)
            this.begin(tab, ref, frame, JSON.stringify([query, channel, params]));
        else if (end !== true)
            this.options.request(frame, (reply) => this.options.answer(tab, ref, reply));
        else {
            this.quit(tab, (shared) => shared.key === key);
            // However many use it still, for this tab it is over.
            this.options.answer(tab, ref, { frame: { type: "ack" } });
        }
        return true;
    }
    /** Takes what the server says. */
    hear({ type, key, ended }) {
        if (type === "live" && ended !== undefined)
            for (const [id, shared] of this.all)
                if (shared.key === key)
                    this.all.delete(id);
    }
    /** A tab is gone. */
    leave(tab) {
        this.quit(tab, () => true);
    }
    begin(tab, ref, frame, id) {
        const shared = this.all.get(id) ?? { key: undefined, tabs: new Set() };
        this.all.set(id, shared);
        // From here on, so that nobody ends it while the answer is on its way.
        shared.tabs.add(tab);
        this.options.request(frame, (reply) => {
            const key = "frame" in reply && reply.frame["type"] === "ack" ? reply.frame["key"] : undefined;
            if (typeof key === "string")
                shared.key = key;
            else
                shared.tabs.delete(tab);
            this.options.answer(tab, ref, reply);
            this.tidy(id, shared);
        });
    }
    quit(tab, which) {
        for (const [id, shared] of [...this.all])
            if (which(shared) && shared.tabs.delete(tab))
                this.tidy(id, shared);
    }
    /** Leaves what nobody uses. One that has no key yet is left when it has one. */
    tidy(id, shared) {
        const { key, tabs } = shared;
        if (tabs.size > 0 || this.all.get(id) !== shared)
            return;
        this.all.delete(id);
        // The same with its parameters in another order has the same key.
        const isUsed = [...this.all.values()].some((other) => other.key === key);
        if (key !== undefined && !isUsed)
            this.options.request({ type: "live", key, end: true }, () => undefined);
    }
}
