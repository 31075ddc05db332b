/**
 * A server for an application's own tests: in memory, of the same contract, and in the hands of the test.
 *
 * It speaks the protocol with real clients over a transport of its own, so that what is tested is the client that a page uses: subscriptions, resuming,
 * gaps, refusals, the time that everything takes. It does not know the service's own rules: who may do what is as the test says.
 */
import { makeClient } from "./client.js";
import { codes } from "./codes.js";
import { PayloadError } from "./errors.js";
import { reportUncaught, warn } from "./platform.js";
import { ServerImplementation } from "./testing/server.js";
import { payloadIssues } from "./validate.js";
/** Binds `createTestServer` to a contract; what a generated package calls. */
export function testServerFactory(contract, extras = {}) {
    return () => {
        const server = new ServerImplementation(contract);
        // The one step from names to types, as in the client.
        return bound(contract, server, extras);
    };
}
/** A platform that is always online. */
const quiet = { offline: () => false, watch: () => () => undefined };
function bound(contract, server, extras) {
    return {
        client({ user, ...options } = {}) {
            const internals = { clock: server.clock, signals: quiet, report: reportUncaught, warn };
            return makeClient(contract, { ...options, url: "http://test.invalid", transport: server.transport(user ?? null), fetch: server.fetch }, internals, extras);
        },
        channel: (pattern, params) => channelOf(server, pattern, server.name(pattern, params)),
        get connections() {
            return server.connections.map((session) => ({
                ...{ id: session.id, user: session.user, channels: session.channels },
                subscribe: (name) => session.give(name),
                unsubscribe: (name) => session.take(name),
                call: (name, data) => session.ask(name, data),
            }));
        },
        token: (user, seconds) => server.rights.token(user, seconds),
        revoke: ({ seconds = 3600, ...scope }) => server.revoke(scope, seconds),
        restore: (scope) => server.rights.restore(scope),
        greet(greeting) {
            server.greeting = greeting;
        },
        onCall: (name, handler) => void server.handlers.set(name, handler),
        live: (name, channelParams, params) => liveOf(server, name, channelParams, params),
        get published() {
            return server.published.map(({ channel, event, sender, ...rest }) => ({ channel, event, sender, ...("data" in rest ? { data: rest.data } : {}) }));
        },
        advance: (milliseconds = 10) => server.advance(milliseconds),
        disconnect: () => server.disconnect(),
        stop() {
            server.closed = "lost";
            server.disconnect();
        },
        start() {
            server.closed = undefined;
        },
        refuse: (reason = "unauthenticated") => server.refuse(reason),
        transport: server.transport(null),
        fetch: server.fetch,
    };
}
function channelOf(server, pattern, name) {
    return {
        name,
        get published() {
            return server.published.filter(({ channel }) => channel === name).map(eventOf);
        },
        get subscribers() {
            return server.connections.filter(({ channels }) => channels.includes(name)).length;
        },
        publish: (event, data, { sender } = {}) => server.store({ pattern, channel: name, event, data, sender: sender ?? null }),
        deny: (reason = "denied") => server.deny(name, reason),
        allow: () => server.allow(name),
        lose(count = 1) {
            server.gap(name, "hole", (log) => {
                log.lose(count);
                return count;
            });
        },
        get members() {
            return server.rosters.members(name);
        },
        join(user, state) {
            const spec = server.specOfPresence(pattern);
            const issues = spec === undefined ? [] : payloadIssues(spec, state);
            if (issues.length > 0)
                throw new PayloadError(name, "presence", issues);
            server.rosters.show(name, `test ${user}`, user, user, state);
        },
        leave: (id) => server.rosters.remove(name, id),
        trim: (kept = 0) => server.trim(name, kept),
        restart() {
            server.gap(name, "epoch", (log) => {
                log.restart();
                return undefined;
            });
        },
    };
}
function liveOf(server, name, channelParams, params) {
    const channel = server.name(server.live.specOf(name)?.channel ?? "", channelParams);
    const key = server.live.key(name, channel, params);
    return {
        get subscribers() {
            return server.connections.filter((session) => session.hasLive(key)).length;
        },
        get reloads() {
            return server.live.reloads(key);
        },
        set: (value) => server.live.set(key, name, channel, value),
        fail: (failure = "live_failed") => server.live.fail(key, failure),
        end(reason = "denied") {
            for (const session of server.connections)
                session.endLive(key, { code: codes[reason], name: reason, message: "the test ended the live query" });
        },
    };
}
function eventOf({ channel, event, id, number, time, sender, ...rest }) {
    const head = { channel, event, meta: { channel, event, id, number, time, sender, self: false } };
    return "data" in rest ? { ...head, data: rest.data } : head;
}
