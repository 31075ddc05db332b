/** A live query that a component follows, for frameworks that set a component up once. */
import { Follower } from "../follow.js";
import { viewOf } from "./untyped.js";
/** Follows one live query. */
export class LiveFollower extends Follower {
    watchesStatus = false;
    liveClient;
    name;
    view;
    options = {};
    constructor(client, name) {
        super(client);
        this.liveClient = client;
        this.name = name;
    }
    /**
     * Says with which parameters the query is wanted now, and how.
     *
     * @throws {@link AddressError} and {@link PayloadError} if a parameter violates the contract.
     */
    follow(params, options = {}) {
        const made = viewOf(this.liveClient, this.name, params, options, () => this.options);
        this.options = options;
        // The one before is kept where it is the same, and with it what it accumulated.
        if (made.key !== this.view?.key)
            this.view = made;
        const { view } = this;
        const { enabled = true } = options;
        if (view !== undefined)
            this.want(`${enabled} ${view.key}`, () => (enabled ? [view.subscribe(this.changed)] : []));
    }
    /** What the component shows. Each property is read through `track`, which tells the framework that it was. */
    state(track) {
        const read = () => {
            track();
            if (!this.isFollowing)
                return this.view?.rendered;
            return this.options.enabled === false ? this.view?.paused : this.view?.current;
        };
        return {
            get data() {
                return read()?.data;
            },
            get status() {
                return read()?.status;
            },
            get error() {
                return read()?.error;
            },
            reload: () => this.view?.reload() ?? Promise.resolve(),
        };
    }
}
