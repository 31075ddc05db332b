/** Which channels one link carries, and how that is brought in line with the channels that are wanted. */
import { backoff, obeyed } from "./backoff.js";
import { RefusedError, refusal } from "./errors.js";
/** The channels of one link after the other. */
export class Roster {
    options;
    uplink;
    /** What was asked for on this link, each as it was asked for last. */
    asked = new Map();
    /** What is wanted and has no outcome yet. */
    open = new Set();
    openSince = 0;
    /**
     * What was left and may still have frames on their way: a new subscription of the same name waits, so that it gets none of them. The function
     * cancels another try where the server could not do it.
     */
    leaving = new Map();
    /** What the server could not begin just now, with the function that cancels another try. */
    resting = new Map();
    failures = 0;
    constructor(options) {
        this.options = options;
    }
    /** When the oldest outcome that is missing began to be missing; `undefined` if none is. */
    get pendingSince() {
        return this.open.size === 0 ? undefined : this.openSince;
    }
    /** A link is opened that carries some of the channels from the start. */
    begin(carried, wanted) {
        this.drop();
        // A query asks for events alone: a frame asks for members besides.
        for (const request of carried)
            this.asked.set(request.name, { ...request, presence: false });
        for (const { name } of wanted)
            this.expect(name);
    }
    /** The link takes frames from now on. */
    up(uplink) {
        this.uplink = uplink;
    }
    /** The link is gone. */
    drop() {
        this.uplink = undefined;
        this.asked.clear();
        this.open.clear();
        for (const cancel of [...this.leaving.values(), ...this.resting.values()])
            cancel();
        this.leaving.clear();
        this.resting.clear();
    }
    /** Asks the server for the difference between what it was asked for and what is wanted now. */
    sync(wanted) {
        const requests = new Map(wanted.map((request) => [request.name, request]));
        for (const name of this.open)
            if (!requests.has(name))
                this.open.delete(name);
        for (const [name, cancel] of this.resting) {
            if (requests.has(name))
                continue;
            cancel();
            this.resting.delete(name);
        }
        if (this.uplink !== undefined)
            for (const asked of this.asked.values())
                this.keep(asked, requests.get(asked.name));
        for (const request of requests.values()) {
            const before = this.asked.get(request.name);
            if (before === undefined)
                this.enter(request);
            // Not before the outcome of the first filter, so that it is clear from when on each of them holds.
            else if (this.uplink !== undefined && !isPart(request, before) && !this.open.has(request.name))
                this.subscribe(request, {});
        }
    }
    /** Leaves what is not wanted any more. What the service subscribed to is wanted from then on. */
    keep(asked, request) {
        const { name, token } = asked;
        if (request === undefined || (token !== undefined && request.token !== token))
            this.leave(name);
        else if (token === undefined)
            this.asked.set(name, { ...asked, token: request.token });
    }
    /** Takes a frame that speaks of one channel. Whether it is for the subscription that there is now. What it makes possible, the next `sync` does. */
    accept(frame) {
        const { channel: name } = frame;
        if (frame.type === "unsubscribed") {
            // Without having been asked to leave the server has its reasons, and tells them when the channel is asked for again.
            if (!this.left(name))
                this.asked.delete(name);
            return false;
        }
        if (this.leaving.has(name)) {
            if (frame.type === "denied")
                this.left(name);
            return false;
        }
        if (frame.type === "event" || frame.type === "position")
            return true;
        if ((frame.type === "subscribed" || frame.type === "gap") && frame.isByServer === true && !this.asked.has(name))
            this.asked.set(name, { name, cursor: undefined });
        const request = this.asked.get(name);
        if (frame.type === "denied") {
            if (request !== undefined)
                this.denied(request, refusal(frame.error));
            return false;
        }
        this.failures = 0;
        if (request !== undefined && this.open.delete(name))
            this.options.onFilter(name, request.events);
        return true;
    }
    enter(request) {
        const { name } = request;
        this.expect(name);
        if (this.uplink !== undefined && !this.leaving.has(name) && !this.resting.has(name))
            this.subscribe(request, request);
    }
    expect(name) {
        if (this.open.size === 0)
            this.openSince = this.options.clock.now();
        this.open.add(name);
    }
    /** Where the channel is subscribed to already, this replaces its filter alone, so there is no position to give. */
    subscribe(request, { cursor: after, last }) {
        const { name: channel, events, presence } = request;
        this.asked.set(channel, request);
        const position = after === undefined ? { last } : { after };
        const onReply = (reply) => {
            if (this.asked.get(channel) !== request) {
                if (reply instanceof RefusedError && this.left(channel))
                    this.options.onReady();
                return;
            }
            if (reply instanceof RefusedError)
                this.denied(request, reply);
            else
                this.options.onFilter(channel, events);
        };
        const filter = events?.length === 0 ? {} : { events };
        this.uplink?.send([{ members: membersOf({ type: "subscribe", channel, ...position, ...filter, ...(presence === true ? { presence } : {}) }), onReply }]);
    }
    leave(name) {
        this.asked.delete(name);
        this.leaving.set(name, nothing);
        const onReply = (reply) => {
            if (!(reply instanceof RefusedError) || !this.leaving.has(name))
                return;
            if (reply.retry !== "never") {
                this.leaving.set(name, this.later(reply, () => this.leave(name)));
                return;
            }
            this.left(name);
            this.options.onReady();
        };
        this.uplink?.send([{ members: membersOf({ type: "unsubscribe", channel: name }), onReply }]);
    }
    /** The server has nothing more of the channel: it confirms that, or never began. Whether it had been asked to end it. */
    left(name) {
        this.leaving.get(name)?.();
        return this.leaving.delete(name);
    }
    denied({ name }, error) {
        this.asked.delete(name);
        if (error.retry === "never") {
            this.open.delete(name);
            return this.options.onDenied(name, error);
        }
        this.expect(name);
        const again = () => {
            this.resting.delete(name);
            this.options.onReady();
        };
        this.resting.set(name, this.later(error, again));
    }
    later({ retryAfter }, task) {
        const { clock } = this.options;
        const delay = obeyed(retryAfter ?? 0) + backoff(this.failures, clock.random());
        this.failures += 1;
        return clock.after(delay, task);
    }
}
/** Whether the filter `one` lets through whatever `other` does. `undefined` lets through everything. */
export function covers(one, other) {
    return one === undefined || (other !== undefined && other.every((event) => one.includes(event)));
}
/** Whether who asked for `whole` has what `part` asks for. */
function isPart(part, whole) {
    return covers(whole.events, part.events) && (part.presence !== true || whole.presence === true);
}
function membersOf(frame) {
    return JSON.stringify(frame).slice(1, -1);
}
function nothing() {
    // There is no other try to cancel.
}
