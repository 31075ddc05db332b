/** What passes between one client and the service besides events: calls both ways, and greetings. A package brings it where the contract has some. */
import { MIN_DELAY, obeyed } from "./backoff.js";
import { PayloadError, RefusedError, refusal } from "./errors.js";
import { readError } from "./frames.js";
import { guarded } from "./news.js";
import { filled, payloadIssues } from "./validate.js";
/** How long an answer is awaited unless the call says otherwise, in milliseconds. */
const PATIENCE = 10_000;
/** So many calls of one connection may be under way. */
const MAX_UNDER_WAY = 16;
/** The exchange of one client with the service. */
export class Exchange {
    greeting;
    options;
    uplink;
    /** In the order of the calls. */
    questions = new Set();
    handlers = new Map();
    /** Set while the server wants no further call. */
    pause;
    greeters = new Set();
    constructor(options) {
        this.options = options;
    }
    // Somebody waits for an answer, or the service may ask.
    get isActive() {
        return this.questions.size > 0 || this.handlers.size > 0;
    }
    call(name, data, { timeout = PATIENCE } = {}) {
        const { clock, onNeed } = this.options;
        const spec = this.specOf(name, "client");
        const issues = payloadIssues(spec.request, data);
        if (issues.length > 0)
            throw new PayloadError("", name, issues);
        const members = JSON.stringify({ type: "call", call: name, data }).slice(1, -1);
        const promise = new Promise((resolve, reject) => {
            const cancel = clock.after(timeout, () => this.settle(question, question.ref === undefined ? NEVER_SENT : NO_ANSWER));
            const question = { name, spec, members, resolve, reject, cancel, ref: undefined };
            this.questions.add(question);
        });
        this.pump();
        onNeed();
        return promise;
    }
    onCall(name, handler) {
        this.specOf(name, "server");
        this.handlers.set(name, handler);
        this.options.onNeed();
        return () => {
            if (this.handlers.get(name) !== handler)
                return;
            this.handlers.delete(name);
            this.options.onNeed();
        };
    }
    onGreeting(handler) {
        // A wrapper of its own for each call, so that one function registered twice is called twice and leaves once.
        const entry = (greeting, channel) => handler(greeting, channel);
        this.greeters.add(entry);
        return () => void this.greeters.delete(entry);
    }
    channel() {
        return undefined;
    }
    left() {
        // Calls belong to no channel.
    }
    accept(fields) {
        const { type, channel, data } = fields;
        if (type === "greeting")
            this.greet(data, typeof channel === "string" ? channel : undefined);
        else if (type === "reply")
            this.reply(fields);
        else if (type === "call")
            void this.answer(fields);
        return type === "greeting" || type === "reply" || type === "call";
    }
    begin({ greeting }) {
        this.greeting = undefined;
        if (greeting !== undefined)
            this.greet(greeting, undefined);
    }
    up(uplink) {
        this.uplink = uplink;
        this.pump();
    }
    down(final) {
        this.uplink = undefined;
        this.resume();
        for (const question of [...this.questions]) {
            if (question.ref !== undefined)
                this.settle(question, LOST);
            else if (final !== undefined)
                this.settle(question, final);
        }
    }
    pump() {
        const { uplink } = this;
        if (uplink === undefined || this.pause !== undefined)
            return;
        let underWay = [...this.questions].filter(({ ref }) => ref !== undefined).length;
        for (const question of this.questions) {
            if (question.ref !== undefined)
                continue;
            if (underWay >= MAX_UNDER_WAY)
                return;
            underWay += 1;
            // An acknowledgement says that it was taken; the answer comes by itself.
            const onReply = (reply) => {
                if (!(reply instanceof RefusedError) || uplink !== this.uplink)
                    return;
                if (reply.reason === "rate_limited")
                    this.postpone(question, reply);
                else
                    this.settle(question, reply);
            };
            question.ref = uplink.send([{ members: question.members, onReply }]);
        }
    }
    /** The server did not take it: it waits for its turn again, as long as who asked does. */
    postpone(question, { retryAfter = 0 }) {
        question.ref = undefined;
        this.pause ??= this.options.clock.after(Math.max(MIN_DELAY, obeyed(retryAfter)), () => {
            this.pause = undefined;
            this.pump();
        });
    }
    resume() {
        this.pause?.();
        this.pause = undefined;
    }
    reply({ ref, data, error }) {
        const question = [...this.questions].find((each) => each.ref === ref);
        if (question === undefined)
            return;
        const wire = readError(error);
        if (wire !== undefined)
            return this.settle(question, refusal(wire));
        const issues = payloadIssues(question.spec.reply, data);
        if (issues.length > 0)
            return this.settle(question, new PayloadError("", question.name, issues));
        this.settle(question, undefined, filled(question.spec.reply, data));
    }
    settle(question, error, reply) {
        if (!this.questions.delete(question))
            return;
        question.cancel();
        if (this.questions.size === 0)
            this.resume();
        if (error === undefined)
            question.resolve(reply);
        else
            question.reject(error);
        this.pump();
        this.options.onNeed();
    }
    async answer({ id, call, data }) {
        const { uplink } = this;
        const answer = await this.answerOf(String(call), data);
        if (uplink === this.uplink)
            uplink?.send([{ members: JSON.stringify({ type: "reply", id, ...answer }).slice(1, -1), onReply: nothing }]);
    }
    async answerOf(name, data) {
        const handler = this.handlers.get(name);
        const { calls = {} } = this.options.contract;
        const spec = Object.hasOwn(calls, name) ? calls[name] : undefined;
        if (handler === undefined || spec === undefined)
            return { error: { name: "unknown_call", message: `this client answers no call \`${name}\`` } };
        try {
            if (payloadIssues(spec.request, data).length > 0)
                return { error: { name: "invalid_payload", message: "the request violates the contract of this client" } };
            const reply = await handler(filled(spec.request, data));
            const issues = payloadIssues(spec.reply, reply);
            if (issues.length > 0)
                throw new PayloadError("", name, issues);
            return { data: reply };
        }
        catch (error) {
            if (error instanceof PayloadError)
                this.options.report(error);
            return { error: { message: error instanceof Error ? error.message : "the handler failed" } };
        }
    }
    greet(data, channel) {
        const spec = this.options.contract.connection?.greeting;
        // A greeting that violates the contract is as good as none.
        if (spec === undefined || payloadIssues(spec, data).length > 0)
            return;
        const greeting = filled(spec, data);
        if (channel === undefined)
            this.greeting = greeting;
        for (const greeter of [...this.greeters])
            guarded(() => greeter(greeting, channel), undefined, this.options.report);
    }
    specOf(name, from) {
        const { calls = {} } = this.options.contract;
        const spec = Object.hasOwn(calls, name) ? calls[name] : undefined;
        if (spec?.from.includes(from) !== true)
            throw new RangeError(`the contract has no call \`${name}\` of the ${from}'s`);
        return spec;
    }
}
/**
 * What the client says of itself, as JSON; what a package hands to its clients.
 *
 * @throws {@link PayloadError} if it violates the contract.
 */
export function openingOf({ connection }, opening) {
    if (connection?.opening === undefined)
        return undefined;
    const issues = payloadIssues(connection.opening, opening);
    if (issues.length > 0)
        throw new PayloadError("", "opening", issues);
    return JSON.stringify(opening);
}
function nothing() {
    // Whether the answer arrived in time is the server's to know.
}
const NO_ANSWER = refusal({ code: 4105, name: "call_timeout", message: "nobody answered in time; it may have been done" });
const NEVER_SENT = new RefusedError({ name: "expired", message: "the call waited for a connection and was not sent" }, "back_off");
const LOST = refusal({ code: 4104, name: "unknown_outcome", message: "the connection was lost, and nobody knows whether it was done" });
/** Makes the exchange of a client; what a package hands to its clients. */
export const exchange = (parts, client) => {
    const made = new Exchange(parts);
    Object.defineProperty(client, "greeting", { get: () => made.greeting });
    Object.assign(client, {
        call: (name, data, options) => made.call(name, data, options),
        onCall: (name, handler) => made.onCall(name, handler),
        onGreeting: (handler) => made.onGreeting(handler),
    });
    return made;
};
