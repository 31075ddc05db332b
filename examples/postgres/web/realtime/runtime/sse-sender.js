/** The way up beside a stream that only comes down: `POST /send`. */
import { RefusedError } from "./errors.js";
import { parseObject } from "./frames.js";
import { readRefusal, request } from "./http.js";
import { platform } from "./platform.js";
import { byteLength, MAX_BODY } from "./size.js";
/** An answer that takes longer than this, in milliseconds, is not awaited; the server's own limit is far below. */
const PATIENCE = 10_000;
/** Sends the frames of one link: those of one moment in one request, and one request at a time, which keeps their order. */
export class SseSender {
    http;
    clock;
    handlers;
    queue = [];
    session = "";
    running = false;
    closed = false;
    controller = new platform.AbortController();
    constructor(http, clock, handlers) {
        this.http = http;
        this.clock = clock;
        this.handlers = handlers;
    }
    send(frames, session) {
        this.session = session;
        this.queue.push(...frames);
        if (this.running)
            return;
        this.running = true;
        platform.queueMicrotask(() => void this.run());
    }
    close() {
        this.closed = true;
        this.controller.abort();
    }
    async run() {
        while (this.queue.length > 0 && !this.closed) {
            const batch = this.take();
            const outcome = await this.post(batch);
            if (this.closed)
                return;
            if (!(outcome instanceof RefusedError))
                this.settle(batch, outcome);
            else if (outcome.reason === "unknown_session")
                return this.handlers.onUnknownSession(outcome);
            else
                this.handlers.onFailed(refsOf(batch), outcome);
        }
        this.running = false;
    }
    /** As many frames as one body holds, and at least one: a frame that is too long by itself is the server's to refuse. */
    take() {
        let bytes = 200;
        const full = this.queue.findIndex(({ text }) => (bytes += byteLength(text) + 1) > MAX_BODY);
        return this.queue.splice(0, full === -1 ? this.queue.length : Math.max(1, full));
    }
    settle(batch, replies) {
        for (const reply of replies.slice(0, batch.length))
            if (!this.closed)
                this.handlers.onReply(reply);
        const rest = refsOf(batch.slice(replies.length));
        if (rest.length > 0 && !this.closed)
            this.handlers.onFailed(rest, UNANSWERED);
    }
    async post(batch) {
        const body = `{"session":${JSON.stringify(this.session)},"frames":[${batch.map(({ text }) => text).join(",")}]}`;
        const controller = new platform.AbortController();
        this.controller = controller;
        const cancel = this.clock.after(PATIENCE, () => controller.abort());
        try {
            const response = await request(this.http, "/send", { method: "POST", body, headers: { accept: "application/json" }, signal: controller.signal });
            if (response.status !== 200)
                return await readRefusal(response, this.clock.now());
            const replies = parseObject(await response.text())?.["replies"];
            return Array.isArray(replies) ? replies : UNANSWERED;
        }
        catch (error) {
            if (error instanceof RefusedError)
                return error;
            return new RefusedError({ name: "network", message: error instanceof Error ? error.message : "the request failed" }, "back_off");
        }
        finally {
            cancel();
        }
    }
}
function refsOf(frames) {
    return frames.map(({ ref }) => ref);
}
const UNANSWERED = new RefusedError({ name: "no_reply", message: "the answer holds no reply to the frame" }, "back_off");
