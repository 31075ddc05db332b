/** Carries frames over a WebSocket: each text message is one frame, in either direction. */
import { RefusedError, retryAfter } from "./errors.js";
import { absoluteUrl } from "./http.js";
import { linkEnd } from "./link-end.js";
import { openingQuery } from "./opening.js";
import { platform } from "./platform.js";
/** The sub-protocol, which names the version of the wire. */
const PROTOCOL = "tidewire.v1";
/** A transport over `GET /socket`. The session's key and the token travel as further sub-protocols: a browser's WebSocket sends no headers, and URLs end up in logs. */
export function webSocketTransport(options) {
    return (request, handlers) => {
        let socket;
        let open = true;
        const end = (reason) => {
            if (!open)
                return;
            open = false;
            socket?.close();
            handlers.onEnd(reason);
        };
        try {
            socket = connect(options, request);
            listen(socket, handlers, () => open, end);
        }
        catch (error) {
            end(linkEnd(error));
        }
        return {
            close() {
                open = false;
                socket?.close();
            },
            send(frames) {
                // What a socket that is closing swallows has no reply, and the end of the link says so.
                if (open)
                    for (const { text } of frames)
                        socket?.send(text);
            },
        };
    };
}
function connect(options, { channels, session, token }) {
    if (platform.WebSocket === undefined)
        throw new RefusedError({ name: "no_websocket", message: "this platform has no `WebSocket`", hint: "leave `transport` at its default" }, "never");
    const address = absoluteUrl(`${options.url.replace(/\/+$/, "")}/socket?${openingQuery(options, channels)}`).replace(/^http/i, "ws");
    return new platform.WebSocket(address, [PROTOCOL, ...(session === undefined ? [] : [`session.${session}`]), ...(token === undefined ? [] : [`token.${token}`])]);
}
function listen(socket, handlers, isOpen, end) {
    socket.onopen = () => isOpen() && handlers.onAlive();
    socket.onmessage = ({ data }) => {
        if (!isOpen())
            return;
        if (typeof data === "string")
            handlers.onFrame(data);
        else
            end({ retry: "back_off", reason: { name: "malformed_stream", message: "the server sent a binary message" } });
    };
    // Some platforms tell of a handshake that failed here alone; browsers tell of it twice.
    socket.onerror = () => end(FAILED);
    socket.onclose = ({ code, reason }) => end(endOf(code, reason));
}
function endOf(code, reason) {
    // The codes of the wire, where the frame that says the same got lost.
    if (code >= 4000 && code < 4300)
        return { retry: retryAfter(code), reason: { code, name: reason === "" ? "refused" : reason, message: "the server closed the connection" } };
    return code === 1006 ? FAILED : { retry: "back_off", reason: { name: "ended", message: `the WebSocket was closed with ${code}` } };
}
/** A handshake that is refused looks like a network that fails: the platform does not say more. */
const FAILED = { retry: "back_off", reason: { name: "network", message: "the WebSocket failed" } };
