/** What the tabs are to the server together, besides their channels: one member, one that asks, one that is asked. */
/** The tabs of one connection. */
export class Assembly {
    options;
    /** What each tab shows of itself on a channel, the newest last. */
    shown = new Map();
    /** Who asked the server what. */
    asking = new Map();
    /** Which tabs have not said yet that they cannot answer. */
    asked = new Map();
    constructor(options) {
        this.options = options;
    }
    /** Takes what a tab sends. Whether it was for here. */
    pass(tab, ref, frame) {
        const { type, channel, state, id, error } = frame;
        const { request, say } = this.options;
        const answer = (reply) => say(tab, "frame" in reply ? { ...reply.frame, ref } : { type: "error", ref, error: { code: 4100, ...reply.refusal.error } });
        if (type === "presence" && frame["refresh"] !== true) {
            request({ ...frame, state: this.show(tab, String(channel), state) }, answer);
            return true;
        }
        if (type === "call") {
            const number = request(frame, (reply) => {
                answer(reply);
                if (!("frame" in reply) || reply.frame["type"] !== "ack")
                    this.asking.delete(number);
            });
            this.asking.set(number, { tab, ref });
            return true;
        }
        if (type !== "reply")
            return false;
        say(tab, { type: "ack", ref });
        const open = this.asked.get(String(id));
        if (open === undefined)
            return true;
        open.delete(tab);
        const cannot = Object(error).name === "unknown_call";
        // Another tab may know what this one does not.
        if (cannot && this.options.tabs().some((other) => open.has(other)))
            return true;
        this.asked.delete(String(id));
        request(frame, () => undefined);
        return true;
    }
    /** Takes what the server says. Whether it was for here. */
    hear(frame) {
        const { type, ref, id } = frame;
        if (type === "call")
            this.asked.set(String(id), new Set(this.options.tabs()));
        const asker = type === "reply" && typeof ref === "number" ? this.asking.get(ref) : undefined;
        if (asker === undefined)
            return type === "reply";
        this.asking.delete(ref);
        this.options.say(asker.tab, { ...frame, ref: asker.ref });
        return true;
    }
    /** A tab is gone. */
    leave(tab) {
        for (const [channel, states] of this.shown) {
            if (states.has(tab))
                this.options.request({ type: "presence", channel, state: this.show(tab, channel, null) }, () => undefined);
        }
    }
    /** What the tabs show together once one of them shows this; `null` if nothing. */
    show(tab, channel, state) {
        const states = this.shown.get(channel) ?? new Map();
        this.shown.set(channel, states);
        states.delete(tab);
        if (state !== null)
            states.set(tab, state);
        if (states.size === 0)
            this.shown.delete(channel);
        return [...states.values()].at(-1) ?? null;
    }
}
