/** The application's own requests, which say which connection they come from. */
/** Adds the header that names the connection. */
export declare class ApplicationRequests {
    private readonly connection;
    constructor(connection: () => string | undefined);
    readonly fetch: (input: unknown, init?: {
        readonly headers?: unknown;
    }) => Promise<unknown>;
}
