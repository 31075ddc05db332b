/** One channel, as `client.channel` gives it; its types are those of `channel`. */
import { fetchPage } from "./history.js";
import { publishable } from "./validate.js";
/** The name of the event of a channel whose one event has no name. */
const UNNAMED = "message";
/** A channel with what it works with. */
export class BoundChannel {
    name;
    pattern;
    params;
    parts;
    constructor(parts) {
        this.name = parts.name;
        this.pattern = parts.pattern;
        this.params = parts.params;
        this.parts = parts;
    }
    get denied() {
        return this.parts.subscriptions.denied(this.name);
    }
    on(first, second, third) {
        if (typeof first === "function")
            return this.listen(UNNAMED, first, second);
        return this.listen(first, second, third);
    }
    onAny(handler, options = {}) {
        return this.parts.subscriptions.listen(this.pattern, this.name, { event: undefined, call: handler }, options);
    }
    onGap(handler) {
        return this.parts.subscriptions.gaps.on(this.name, handler);
    }
    onSubscribed(handler) {
        return this.parts.subscriptions.beginnings.on(this.name, handler);
    }
    onDenied(handler) {
        return this.parts.subscriptions.denials.on(this.name, handler);
    }
    onRevoked(handler) {
        return this.parts.subscriptions.revocations.on(this.name, handler);
    }
    retry() {
        this.parts.subscriptions.retry(this.name);
    }
    // Arrow functions, because bindings hand them out by themselves.
    publish = (...given) => {
        const { contract, publisher } = this.parts;
        const { pattern, name } = this;
        const names = Object.keys(contract.channels[pattern]?.events ?? {});
        const isUnnamed = names.length === 1 && names[0] === UNNAMED;
        const [event, data, options] = (isUnnamed ? [UNNAMED, ...given] : given);
        const { latest = false } = publishable(contract, pattern, name, event, data);
        return publisher.publish({ channel: name, event, data, latest, excludeSelf: options?.excludeSelf === true });
    };
    history = async (query = {}) => {
        const { http, clock, intake } = this.parts;
        const { events: frames, cursor, gap } = await fetchPage(http, this.name, query, clock);
        const events = frames.flatMap((frame) => intake.read(this.pattern, frame) ?? []);
        return gap === undefined ? { events, cursor } : { events, cursor, gap };
    };
    listen(event, handler, options = {}) {
        const call = ({ data, meta }) => handler(data, meta);
        return this.parts.subscriptions.listen(this.pattern, this.name, { event, call }, options);
    }
}
