/** The live queries of the tabs that share a connection: the server knows each once, and tells each of its values once. */
/** Who uses which live query. */
export class LiveKeys {
    options;
    all = new Map();
    told = new Map();
    constructor(options) {
        this.options = options;
    }
    /** Takes what a tab sends. Whether it was for here. */
    pass(tab, ref, frame) {
        const { type, key, end, query, channel, params, version } = frame;
        if (type !== "live")
            return false;
        if (key === undefined)
            this.begin({ tab, ref, version }, frame, JSON.stringify([query, channel, params]));
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
    hear(frame) {
        const { type, key, ended, error } = frame;
        if (type !== "live")
            return;
        const before = this.told.get(key);
        if (ended !== undefined)
            this.forget(key);
        else if (error === undefined)
            this.told.set(key, { value: Object.hasOwn(frame, "data") || before === undefined ? frame : before.value, error: undefined });
        else if (before !== undefined)
            this.told.set(key, { value: before.value, error: frame });
    }
    /** A tab is gone. */
    leave(tab) {
        this.quit(tab, () => true);
    }
    begin(want, frame, id) {
        const known = this.all.get(id);
        // From here on, so that nobody ends it while the answer is on its way.
        known?.tabs.add(want.tab);
        if (known?.key !== undefined)
            return this.join(want, known.key);
        if (known !== undefined)
            return void known.waiting.push(want);
        const shared = { key: undefined, tabs: new Set([want.tab]), waiting: [want] };
        this.all.set(id, shared);
        this.options.request(frame, (reply) => this.begun(id, shared, reply));
    }
    begun(id, shared, reply) {
        const key = "frame" in reply && reply.frame["type"] === "ack" ? reply.frame["key"] : undefined;
        const waiting = shared.waiting.splice(0);
        if (typeof key === "string") {
            shared.key = key;
            for (const want of waiting)
                this.join(want, key);
        }
        else {
            this.all.delete(id);
            for (const { tab, ref } of waiting)
                this.options.answer(tab, ref, reply);
        }
        this.tidy(id, shared);
    }
    /** Names the key to a tab, and tells it what the others know: the server does not say it again. */
    join({ tab, ref, version }, key) {
        const { answer, say, request } = this.options;
        answer(tab, ref, { frame: { type: "ack", key } });
        const told = this.told.get(key);
        if (told === undefined)
            return;
        const { value, error } = told;
        if (version !== undefined && version === value["version"])
            say(tab, { type: "live", key, version });
        else if (Object.hasOwn(value, "data"))
            say(tab, value);
        // The others have the value from an earlier connection, and know that it is current.
        else
            request({ type: "live", key, reload: true }, () => undefined);
        if (error !== undefined)
            say(tab, error);
    }
    quit(tab, which) {
        for (const [id, shared] of [...this.all])
            if (which(shared) && shared.tabs.delete(tab))
                this.tidy(id, shared);
    }
    /** Leaves what nobody uses. One that has no key yet is left when it has one. */
    tidy(id, { key, tabs }) {
        if (tabs.size > 0 || key === undefined)
            return;
        this.all.delete(id);
        // The same with its parameters in another order has the same key.
        if ([...this.all.values()].some((other) => other.key === key))
            return;
        this.told.delete(key);
        this.options.request({ type: "live", key, end: true }, () => undefined);
    }
    forget(key) {
        this.told.delete(key);
        for (const [id, shared] of [...this.all])
            if (shared.key === key)
                this.all.delete(id);
    }
}
