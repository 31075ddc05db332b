/** Who the client is to the server: the application's tokens, asked for when one is needed and before one ends. */
import { backoff } from "./backoff.js";
import { RefusedError } from "./errors.js";
import { linkEnd } from "./link-end.js";
/** A token is replaced after this part of its life. */
const PART = 0.8;
/** No token is replaced sooner than this, in milliseconds. */
const LEAST = 1000;
/** Platforms cannot wait for longer than this, in milliseconds. */
const MOST = 0x7fff_ffff;
/** The tokens of one client. */
export class Tokens {
    isActive = false;
    source;
    clock;
    asked;
    uplink;
    /** What the connection was opened, or renewed, with. */
    used;
    failures = 0;
    cancel = nothing;
    constructor(source, clock) {
        this.source = source;
        this.clock = clock;
    }
    /** The token of the moment. Rejects as the application's function does. */
    current() {
        return this.asked ?? this.fresh();
    }
    /** A new one, from the application. */
    fresh() {
        const asked = Promise.resolve().then(this.source);
        this.asked = asked;
        asked.catch(() => this.forget(asked));
        return asked;
    }
    /** The server does not take it any more: the next request asks for another one. */
    forget(asked = this.asked) {
        if (this.asked === asked)
            this.asked = undefined;
    }
    /** A transport that asks for a token before each attempt. */
    over(transport) {
        return (request, handlers) => {
            let link;
            let isOpen = true;
            this.fresh().then((token) => {
                if (!isOpen)
                    return;
                this.used = token;
                link = transport({ ...request, token }, handlers);
            }, (error) => {
                if (isOpen)
                    handlers.onEnd(linkEnd(error, "token"));
            });
            return {
                close() {
                    isOpen = false;
                    link?.close();
                },
                send: (frames, session) => link?.send(frames, session),
            };
        };
    }
    begin({ expires, time }) {
        this.cancel();
        this.failures = 0;
        if (expires !== undefined && time !== undefined)
            this.later((expires - time) * PART);
    }
    accept(frame) {
        const { type, expiring } = frame;
        if (type !== "grant")
            return false;
        this.begin(frame);
        if (expiring === true) {
            this.cancel();
            void this.renew();
        }
        return true;
    }
    up(uplink) {
        this.uplink = uplink;
    }
    down() {
        this.uplink = undefined;
        this.failures = 0;
        this.cancel();
    }
    left() {
        // Rights to channels are in the token.
    }
    channel() {
        return undefined;
    }
    later(delay) {
        this.cancel = this.clock.after(Math.min(MOST, Math.max(LEAST, delay)), () => void this.renew());
    }
    async renew() {
        const { uplink } = this;
        // Requests go on with the token of the connection until the server has taken this one: it may be somebody else's.
        const token = await Promise.resolve().then(this.source).catch(() => undefined);
        if (uplink === undefined || uplink !== this.uplink)
            return;
        if (token === undefined || token === this.used)
            return this.again();
        const onReply = (reply) => {
            if (uplink !== this.uplink)
                return;
            if (!(reply instanceof RefusedError)) {
                this.used = token;
                this.asked = Promise.resolve(token);
            }
            // A token that is refused for good ends nothing: the connection lasts as long as the grant before it.
            else if (reply.retry !== "never")
                this.again();
        };
        uplink.send([{ members: JSON.stringify({ type: "auth", token }).slice(1, -1), onReply }]);
    }
    /** There is no other token yet. */
    again() {
        this.cancel();
        this.later(backoff(this.failures, this.clock.random()));
        this.failures += 1;
    }
}
function nothing() {
    // Nothing is due.
}
