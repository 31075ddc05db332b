/** Carries frames over Server-Sent Events, read with `fetch`: unlike `EventSource` that survives an error answer and can send headers. */
import { RefusedError } from "./errors.js";
import { readRefusal, request } from "./http.js";
import { linkEnd } from "./link-end.js";
import { openingQuery } from "./opening.js";
import { platform } from "./platform.js";
import { StreamError, StreamParser } from "./sse.js";
import { SseSender } from "./sse-sender.js";
/** A transport over `GET /events`, and `POST /send` for the way up. */
export function sseTransport(options, clock) {
    return (opening, handlers) => {
        const controller = new platform.AbortController();
        let open = true;
        const close = () => {
            open = false;
            controller.abort();
            sender.close();
        };
        const end = (reason) => {
            if (!open)
                return;
            close();
            handlers.onEnd(reason);
        };
        const guarded = {
            onFrame: (text) => open && handlers.onFrame(text),
            onReply: (reply) => open && handlers.onReply(reply),
            onFailed: (refs, error) => open && handlers.onFailed(refs, error),
            onAlive: () => open && handlers.onAlive(),
            onRetry: (milliseconds) => open && handlers.onRetry(milliseconds),
            onEnd: end,
        };
        const sender = new SseSender(options, clock, { ...guarded, onUnknownSession: (error) => end(linkEnd(error)) });
        run(options, opening, guarded, controller.signal, clock).catch((error) => end(linkEnd(error, error instanceof StreamError ? "malformed_stream" : undefined)));
        return {
            close,
            send(frames, session) {
                if (session === undefined)
                    guarded.onFailed(frames.map(({ ref }) => ref), NO_SESSION);
                else
                    sender.send(frames, session);
            },
        };
    };
}
async function run(options, { channels, session }, handlers, signal, clock) {
    const accept = { accept: "text/event-stream" };
    const headers = session === undefined ? accept : { ...accept, "tidewire-session": session };
    const response = await request(options, `/events?${openingQuery(options, channels)}`, { method: "GET", headers, signal });
    if (response.status !== 200 || !isStream(response)) {
        handlers.onEnd(linkEnd(await readRefusal(response, clock.now())));
        return;
    }
    handlers.onAlive();
    const reader = response.body?.getReader();
    const parser = new StreamParser({ onFrame: handlers.onFrame, onComment: handlers.onAlive, onRetry: handlers.onRetry });
    for (let piece = await reader?.read(); piece !== undefined && !piece.done; piece = await reader?.read()) {
        handlers.onAlive();
        if (piece.value !== undefined)
            parser.push(piece.value);
    }
    handlers.onEnd({ retry: "back_off", reason: { name: "ended", message: "the server ended the stream" } });
}
function isStream(response) {
    return response.headers.get("content-type")?.toLowerCase().startsWith("text/event-stream") ?? false;
}
const NO_SESSION = new RefusedError({ name: "no_session", message: "the server takes no frames beside a stream" }, "back_off");
