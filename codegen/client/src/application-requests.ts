/** The application's own requests, which say which connection they come from. */

import { RefusedError } from "./errors.js";
import { platform } from "./platform.js";

type AnyFetch = (input: unknown, init: unknown) => Promise<unknown>;

/** Adds the header that names the connection. */
export class ApplicationRequests {
  private readonly connection: () => string | undefined;

  constructor(connection: () => string | undefined) {
    this.connection = connection;
  }

  // An arrow function, so that it can be handed on where a `fetch` is expected.
  readonly fetch = async (input: unknown, init: { readonly headers?: unknown } = {}): Promise<unknown> => {
    const send = platform.fetch as AnyFetch | undefined;
    if (send === undefined) throw new RefusedError({ name: "no_fetch", message: "this platform has no `fetch`" }, "never");
    const id = this.connection();
    if (id === undefined) return await send(input, init);
    const own = init.headers ?? (platform.Request !== undefined && input instanceof platform.Request ? input.headers : undefined);
    const headers = new platform.Headers(own);
    headers.set("tidewire-connection", id);
    return await send(input, { ...init, headers });
  };
}
