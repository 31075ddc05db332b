/**
 * What a component follows, for frameworks that set a component up once. The component says what it wants whenever that changes, and is told
 * when there is something new to show. Knows no framework: a binding translates its reactivity into these few calls.
 */
import { channelsOf, channelStatus, handOn, listen, NOBODY, presenceOf, watchDenial, } from "./bindings.js";
import { initialStatus } from "./status.js";
/** Something that a component follows for as long as it is on the page. */
export class Follower {
    client;
    /** Whether a change of the connection is news. */
    watchesStatus = true;
    onChange;
    key;
    enter = () => [];
    offs = [];
    constructor(client) {
        this.client = client;
    }
    /** The component is on the page: subscribes, and tells of each change. On a server this is never called, so nothing connects there. */
    start(changed) {
        this.onChange = changed;
        this.offs = this.all();
        changed();
    }
    /** The component is gone. */
    stop() {
        this.leave();
        this.onChange = undefined;
    }
    /** Whether the component is on the page. */
    get isFollowing() {
        return this.onChange !== undefined;
    }
    /** The state of the connection; before the component is on the page what a server would render. */
    get snapshot() {
        return this.onChange === undefined ? initialStatus : this.client.status.get();
    }
    /** Another key is another subscription. */
    want(key, enter) {
        const same = key === this.key;
        this.key = key;
        this.enter = enter;
        if (same || this.onChange === undefined)
            return;
        this.leave();
        this.offs = this.all();
        this.onChange();
    }
    changed = () => this.onChange?.();
    all() {
        return [...(this.watchesStatus ? [this.client.status.subscribe(this.changed)] : []), ...this.enter()];
    }
    leave() {
        for (const off of this.offs)
            off();
        this.offs = [];
    }
}
/** Follows one channel: one of its events, or all. */
export class ChannelFollower extends Follower {
    pattern;
    handlers;
    event;
    options = {};
    channel;
    constructor(client, pattern, handlers, event) {
        super(client);
        this.pattern = pattern;
        this.handlers = handlers;
        this.event = event;
    }
    /**
     * Says which channel is wanted now, and how.
     *
     * @throws {@link AddressError} if a parameter violates the contract.
     */
    follow(params, options = {}) {
        const next = this.client.channel(this.pattern, params);
        // The one before is kept where it is the same, and with it the functions that were handed out.
        if (next.name !== this.channel?.name)
            this.channel = next;
        const channel = this.channel;
        const { enabled = true } = options;
        this.options = options;
        this.want(`${enabled} ${channel.name}`, () => {
            const offs = [watchDenial(channel, this.changed)];
            if (enabled)
                offs.push(channel.onGap((gap) => this.options.onGap?.(gap)));
            if (enabled && this.handlers !== undefined)
                offs.push(listen(channel, this.event, () => this.handlers, this.options));
            return offs;
        });
    }
    /** What the component shows. Each property is read through `track`, which tells the framework that it was. */
    state(track) {
        const read = () => {
            track();
            return this.current;
        };
        const denied = () => read().denied;
        const status = () => channelStatus(this.snapshot.status, denied());
        return {
            get status() {
                return status();
            },
            get denied() {
                return denied();
            },
            get name() {
                return read().name;
            },
            // Functions that a component takes out once: they speak of the channel that it follows then.
            history: (query) => this.current.history(query),
            publish: (...message) => this.current.publish(...message),
        };
    }
    get current() {
        if (this.channel === undefined)
            throw new RangeError("a channel is followed before it is read");
        return this.channel;
    }
}
/** Follows who is on a channel. */
export class PresenceFollower extends Follower {
    watchesStatus = false;
    pattern;
    presence;
    isEnabled = true;
    constructor(client, pattern) {
        super(client);
        this.pattern = pattern;
    }
    /** Says whose members are wanted now. */
    follow(params, { enabled = true } = {}) {
        const presence = presenceOf(this.client, this.pattern, params);
        const { name } = this.client.channel(this.pattern, params);
        this.presence = presence;
        this.isEnabled = enabled;
        this.want(`${enabled} ${name}`, () => (enabled ? [presence.subscribe(this.changed), presence.hold()] : []));
    }
    /** What the component shows. Each property is read through `track`. */
    state(track) {
        const read = () => {
            track();
            return this.isFollowing && this.isEnabled ? this.presence : undefined;
        };
        return {
            get isKnown() {
                return read()?.isKnown ?? false;
            },
            get members() {
                return read()?.members ?? NOBODY;
            },
            get memberIds() {
                return read()?.memberIds ?? NOBODY;
            },
            get self() {
                return read()?.self;
            },
            setPresence: (state) => this.presence?.set(state),
            leave: () => this.presence?.leave(),
        };
    }
}
/** Follows one member of a channel, and no other. */
export class MemberFollower extends Follower {
    watchesStatus = false;
    pattern;
    presence;
    id = "";
    constructor(client, pattern) {
        super(client);
        this.pattern = pattern;
    }
    /** Says which member of which channel is wanted now. */
    follow(params, id) {
        const presence = presenceOf(this.client, this.pattern, params);
        const { name } = this.client.channel(this.pattern, params);
        this.presence = presence;
        this.id = id;
        this.want(`${name} ${id}`, () => [presence.subscribeMember(id, this.changed)]);
    }
    /** What the component shows. */
    state(track) {
        const read = () => {
            track();
            return this.isFollowing ? this.presence?.member(this.id) : undefined;
        };
        return {
            get member() {
                return read();
            },
        };
    }
}
/** Follows several channels. */
export class RealtimeFollower extends Follower {
    options = {};
    /** Says which channels are wanted now, and how. */
    follow(options = {}) {
        const channels = channelsOf(this.client, options);
        const { enabled = true, onData } = options;
        const listening = enabled && onData !== undefined;
        this.options = options;
        this.want(`${listening} ${[...channels.keys()].join("\n")}`, () => listening ? [...channels.values()].map((channel) => channel.onAny((event) => handOn(this.options, event))) : []);
    }
}
/** The state of the connection as the component of a follower shows it. Each property is read through `track`. */
export function statusState(follower, track) {
    const read = () => {
        track();
        return follower.snapshot;
    };
    return {
        get status() {
            return read().status;
        },
        get reason() {
            return read().reason;
        },
        get since() {
            return read().since;
        },
    };
}
