/** Who wants to hear of what happens to channels. */
/** Handlers by the name of their channel, or `undefined` for all channels. */
export declare class News<What> {
    private readonly all;
    private readonly report;
    constructor(report: (error: unknown) => void);
    /** Calls `handler` for each piece of news of one channel, or of any. The answer stops that. */
    on(name: string | undefined, handler: (what: What) => void): () => void;
    /** Tells those who want to hear of this channel. What a handler throws is reported and starves nobody. */
    tell(name: string, what: What): void;
}
/** Runs a handler of the application. What it throws is reported. */
export declare function guarded<What>(handler: (what: What) => void, what: What, report: (error: unknown) => void): void;
