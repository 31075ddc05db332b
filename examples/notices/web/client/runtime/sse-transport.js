/** Carries frames over Server-Sent Events, read with `fetch`: unlike `EventSource` that survives an error answer and can send headers. */
import { RefusedError } from "./errors.js";
import { get, queryValue, readRefusal } from "./http.js";
import { platform } from "./platform.js";
import { StreamError, StreamParser } from "./sse.js";
/** A longer query is refused by the server; cursors then travel in a header, which is only avoided because it costs a CORS preflight. */
const MAX_QUERY = 8000;
/** A transport over `GET /events`. Another set of channels takes another link: a stream cannot be asked for more while it runs. */
export function sseTransport(options, now) {
    return (channels, handlers) => {
        const controller = new platform.AbortController();
        let open = true;
        const end = (reason) => {
            if (!open)
                return;
            open = false;
            controller.abort();
            handlers.onEnd(reason);
        };
        const guarded = {
            onFrame: (text) => open && handlers.onFrame(text),
            onAlive: () => open && handlers.onAlive(),
            onRetry: (milliseconds) => open && handlers.onRetry(milliseconds),
            onEnd: end,
        };
        run(options, channels, guarded, controller.signal, now).catch((error) => end(endOf(error)));
        return {
            close() {
                open = false;
                controller.abort();
            },
            change: () => false,
        };
    };
}
async function run(options, channels, handlers, signal, now) {
    const { path, headers } = openRequest(options.contract, channels);
    const response = await get(options, path, headers, signal);
    if (response.status !== 200 || !isStream(response)) {
        const { error, after } = await readRefusal(response, now());
        handlers.onEnd(after === undefined ? endOf(error) : { ...endOf(error), after });
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
/** The request for a stream on these channels, with their cursors. */
export function openRequest(contract, channels) {
    const cursors = channels.flatMap(({ name, cursor }) => (cursor === undefined ? [] : [`${name}=${cursor}`])).join(",");
    const names = channels.map(({ name }) => `channel=${queryValue(name)}&`).join("");
    const path = `/events?${names}ids=0&contract=${queryValue(contract)}`;
    const accept = { accept: "text/event-stream" };
    if (cursors === "")
        return { path, headers: accept };
    const resuming = `${path}&lastEventId=${queryValue(cursors)}`;
    return resuming.length <= MAX_QUERY ? { path: resuming, headers: accept } : { path, headers: { ...accept, "last-event-id": cursors } };
}
function isStream(response) {
    return response.headers.get("content-type")?.toLowerCase().startsWith("text/event-stream") ?? false;
}
function endOf(error) {
    if (error instanceof RefusedError) {
        const { code, reason: name, hint, message, retry } = error;
        return { retry, reason: { name, message, ...(code === undefined ? {} : { code }), ...(hint === undefined ? {} : { hint }) } };
    }
    const message = error instanceof Error ? error.message : "the request failed";
    return { retry: "back_off", reason: { name: error instanceof StreamError ? "malformed_stream" : "network", message } };
}
