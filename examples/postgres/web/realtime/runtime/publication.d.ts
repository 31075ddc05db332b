/** One event on its way to the server, and the promise of its place there. */
import { RefusedError, type Retry } from "./errors.js";
/** Where an event that was published is now. */
export interface Published {
    /** Identifies the event, and is the cursor that continues after it. `null` for an event that is not stored. */
    readonly id: string | null;
    /** The position among the channel's stored events. `null` for an event that is not stored. */
    readonly number: number | null;
    /** The server's clock when it took the event, in milliseconds since 1970. */
    readonly time: number;
    /** Whether it is stored; `false` for events that the contract keeps out of the history. */
    readonly stored: boolean;
    /** Whether an earlier try of the same call had stored it already. */
    readonly duplicate: boolean;
}
/** How to publish. */
export interface PublishOptions {
    /** Keeps the event from coming back to this client, now and in a replay. Default `false`: it comes back, with `meta.self`. */
    readonly excludeSelf?: boolean | undefined;
}
/** An event that was given up although nobody waited to hear of it. */
export interface Dropped {
    /** The name of the channel. */
    readonly channel: string;
    /** The name of the event. */
    readonly event: string;
    /** What it carries; `undefined` for a signal. */
    readonly data: unknown;
    /** Why. */
    readonly error: RefusedError;
}
/** What a publication is made of. */
export interface PublicationParts {
    readonly channel: string;
    readonly event: string;
    readonly data: unknown;
    readonly excludeSelf: boolean;
    /** Whether a newer one takes its place. */
    readonly latest: boolean;
    /** When it is given up, in milliseconds since 1970. */
    readonly deadline: number;
}
/** An event until its outcome is known. */
export declare class Publication {
    readonly parts: PublicationParts;
    readonly promise: Promise<Published>;
    /** Its members as JSON, made at once: what happens to the data afterwards does not matter. The key is the same on every try. */
    readonly members: string;
    /** Whether it was sent and its reply is out. */
    isSent: boolean;
    /** Whether it may have been stored: it was sent once, and nobody knows what became of it. */
    isUncertain: boolean;
    /** What the last try ended with. */
    failure: RefusedError | undefined;
    private readonly followers;
    private readonly deferred;
    constructor(parts: PublicationParts);
    /** Whether anybody waits for the outcome. */
    get isObserved(): boolean;
    /** Takes the place of an older one, which gets this one's outcome. */
    replace(older: Publication): void;
    /** All that get the same outcome. */
    get all(): readonly Publication[];
    resolve(published: Published): void;
    reject(error: RefusedError): void;
}
/** An error of this client, which no server numbered. */
export declare function givenUp(name: "buffer_full" | "expired" | "client_closed" | "too_large" | "user_changed", message: string, retry: Retry): RefusedError;
