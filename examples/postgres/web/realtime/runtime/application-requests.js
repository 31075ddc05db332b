/** The application's own requests, which say which connection they come from. */
import { RefusedError } from "./errors.js";
import { platform } from "./platform.js";
/** Adds the header that names the connection. */
export class ApplicationRequests {
    connection;
    constructor(connection) {
        this.connection = connection;
    }
    // An arrow function, so that it can be handed on where a `fetch` is expected.
    fetch = async (input, init = {}) => {
        const send = platform.fetch;
        if (send === undefined)
            throw new RefusedError({ name: "no_fetch", message: "this platform has no `fetch`" }, "never");
        const id = this.connection();
        if (id === undefined)
            return await send(input, init);
        const own = init.headers ?? (platform.Request !== undefined && input instanceof platform.Request ? input.headers : undefined);
        const headers = new platform.Headers(own);
        headers.set("tidewire-connection", id);
        return await send(input, { ...init, headers });
    };
}
