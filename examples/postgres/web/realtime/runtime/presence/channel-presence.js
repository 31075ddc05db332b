/** The members of one channel, as an application sees them; its types are those of `presence`. */
import { PayloadError } from "../errors.js";
import { guarded } from "../news.js";
import { GRACE } from "../subscriptions.js";
import { payloadIssues } from "../validate.js";
import { Members } from "./members.js";
import { OwnState } from "./own-state.js";
/** Who is on one channel. */
export class ChannelPresence {
    options;
    roster;
    own;
    uplink;
    isRefreshing = false;
    listeners = new Set();
    byMember = new Map();
    watchers = 0;
    holders = 0;
    unwatch = nothing;
    constructor(options) {
        this.options = options;
        this.roster = new Members(options.read);
        this.own = new OwnState({ channel: options.name, clock: options.clock, onNeed: options.onNeed });
    }
    get isKnown() {
        return this.roster.isKnown;
    }
    get members() {
        return this.roster.list;
    }
    get memberIds() {
        return this.roster.ids;
    }
    get self() {
        const id = this.options.self();
        return id === undefined ? undefined : this.roster.get(id);
    }
    /** Whether the connection is needed for it. */
    get isActive() {
        return this.own.isActive;
    }
    // Arrow functions, because bindings hand them out by themselves.
    member = (id) => this.roster.get(id);
    set = (state) => {
        const { name, spec } = this.options;
        const issues = payloadIssues(spec, state);
        if (issues.length > 0)
            throw new PayloadError(name, "presence", issues);
        return this.own.set(state);
    };
    leave = () => this.own.leave();
    subscribe = (listener) => this.listen(this.listeners, listener);
    subscribeMember = (id, listener) => {
        const listeners = this.byMember.get(id) ?? new Set();
        this.byMember.set(id, listeners);
        const off = this.listen(listeners, listener);
        return () => {
            off();
            if (listeners.size === 0 && this.byMember.get(id) === listeners)
                this.byMember.delete(id);
        };
    };
    /** What is shown from here on is shown for somebody: when the last one lets go, this client leaves, unless somebody comes at once. */
    hold = () => {
        this.holders += 1;
        let isHeld = true;
        return () => {
            if (!isHeld)
                return;
            isHeld = false;
            this.holders -= 1;
            this.options.clock.after(GRACE, () => this.holders === 0 && this.leave());
        };
    };
    /** Takes a frame of the server's. */
    accept(fields) {
        const wasKnown = this.isKnown;
        const outcome = this.roster.take(fields);
        if (Array.isArray(fields["members"]))
            this.isRefreshing = false;
        if (outcome === "refresh")
            this.refresh();
        else
            this.tell(outcome, this.isKnown !== wasKnown);
    }
    up(uplink) {
        this.uplink = uplink;
        this.own.up(uplink);
    }
    /** The connection is gone. `final`: for good, or it is another user's from now on. */
    down(final) {
        this.uplink = undefined;
        this.isRefreshing = false;
        this.roster.forget();
        this.own.down();
        if (final !== undefined)
            this.own.end(final);
    }
    /** The channel was left. `error`: because the server refuses it. */
    left(error) {
        this.tell(this.roster.clear());
        if (error === undefined)
            this.own.again();
        else
            this.own.end(error);
    }
    refresh() {
        if (this.isRefreshing || this.uplink === undefined)
            return;
        this.isRefreshing = true;
        const { uplink } = this;
        const members = JSON.stringify({ type: "presence", channel: this.options.name, refresh: true }).slice(1, -1);
        const onReply = (reply) => {
            // The next change asks once more.
            if (reply instanceof Error && uplink === this.uplink)
                this.isRefreshing = false;
        };
        uplink.send([{ members, onReply }]);
    }
    listen(listeners, listener) {
        // A wrapper of its own for each call, so that one function subscribed twice is called twice and leaves once.
        const entry = () => listener();
        if (this.watchers === 0)
            this.unwatch = this.options.watch();
        this.watchers += 1;
        listeners.add(entry);
        return () => {
            if (!listeners.delete(entry))
                return;
            this.watchers -= 1;
            if (this.watchers > 0)
                return;
            this.unwatch();
            // Who comes back later must not see who was there long ago; the channel is left by then, unless somebody else wants it.
            this.options.clock.after(2 * GRACE, () => this.watchers === 0 && !this.options.isSubscribed() && this.roster.clear());
        };
    }
    tell(touched, isNews = false) {
        if (touched.size === 0 && !isNews)
            return;
        for (const id of touched)
            this.call(this.byMember.get(id));
        this.call(this.listeners);
    }
    call(listeners = new Set()) {
        for (const listener of [...listeners])
            guarded(listener, undefined, this.options.report);
    }
}
function nothing() {
    // Nobody watches yet.
}
