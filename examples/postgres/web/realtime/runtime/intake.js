/** Turns the event frames of the wire into events of the contract: known by name, checked, counted. */
import { PayloadError } from "./errors.js";
import { filled, payloadIssues } from "./validate.js";
/** Reads events and keeps count of those that are not handed on. */
export class Intake {
    /** What was not handed on. */
    counters = { invalid: 0, unknown: 0, duplicate: 0, malformed: 0 };
    options;
    warned = new Set();
    constructor(options) {
        this.options = options;
    }
    /**
     * The event that a frame holds. `undefined` if it is unknown, or its data is invalid and the policy is to drop.
     *
     * @throws {@link PayloadError} if the data is invalid and the policy is to throw.
     */
    read(pattern, frame) {
        const spec = this.spec(pattern, frame.event);
        if (spec === undefined) {
            this.counters.unknown += 1;
            return undefined;
        }
        const issues = payloadIssues(spec, frame.data);
        const valid = issues.length === 0;
        if (!valid && !this.invalid(frame.channel, frame.event, issues))
            return undefined;
        const { channel, event, id, number, time, sender, origin } = frame;
        const self = origin !== undefined && origin === this.options.self();
        const head = { channel, event, meta: { channel, event, id, number, time, sender, self } };
        return Object.hasOwn(frame, "data") ? { ...head, data: valid ? filled(spec, frame.data) : frame.data } : head;
    }
    /**
     * What came violates the contract. Whether it is handed on all the same.
     *
     * @throws {@link PayloadError} if the policy is to throw.
     */
    invalid(channel, event, issues) {
        this.counters.invalid += 1;
        if (this.options.onInvalid === "pass")
            return true;
        const error = new PayloadError(channel, event, issues);
        if (this.options.onInvalid === "throw")
            throw error;
        this.warnOnce(event, `${error.message}; it is dropped, and so are others without another warning`);
        return false;
    }
    spec(pattern, event) {
        const events = this.options.contract.channels[pattern]?.events;
        return events !== undefined && Object.hasOwn(events, event) ? events[event] : undefined;
    }
    warnOnce(topic, text) {
        if (this.warned.has(topic))
            return;
        this.warned.add(topic);
        this.options.warn(text);
    }
}
