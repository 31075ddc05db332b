/** Which transport a client uses. */
import { autoTransport } from "./auto-transport.js";
import { explainingTransport } from "./explaining-transport.js";
import { platform } from "./platform.js";
import { sseTransport } from "./sse-transport.js";
import { webSocketTransport } from "./websocket-transport.js";
/** The transport that the options ask for. */
export function transportOf(choice = "auto", http, clock) {
    if (typeof choice === "function")
        return choice;
    const sse = sseTransport(http, clock);
    if (choice === "websocket")
        return explainingTransport(webSocketTransport(http), sse, clock);
    // A browser's WebSocket sends no headers, and always sends cookies.
    const isAble = platform.WebSocket !== undefined && http.headers === undefined && http.credentials !== "omit";
    return choice === "sse" || !isAble ? sse : autoTransport(webSocketTransport(http), sse, clock);
}
