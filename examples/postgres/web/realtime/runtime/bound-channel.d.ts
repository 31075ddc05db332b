/** One channel, as `client.channel` gives it; its types are those of `channel`. */
import type { HistoryPage, SubscribeOptions } from "./channel.js";
import type { ContractData, Handler } from "./contract.js";
import type { RefusedError } from "./errors.js";
import { type HistoryQuery } from "./history.js";
import type { HttpOptions } from "./http.js";
import type { AnyEvent, Intake } from "./intake.js";
import type { Clock } from "./platform.js";
import type { Published } from "./publication.js";
import type { Publisher } from "./publisher.js";
import type { Denied, Gap, Revoked, Subscribed, Subscriptions } from "./subscriptions.js";
/** What a channel is made of. */
export interface ChannelParts {
    readonly pattern: string;
    readonly params: object | undefined;
    readonly name: string;
    readonly subscriptions: Subscriptions;
    readonly publisher: Publisher;
    readonly intake: Intake;
    readonly http: HttpOptions;
    readonly clock: Clock;
    readonly contract: ContractData;
}
/** A channel with what it works with. */
export declare class BoundChannel {
    readonly name: string;
    readonly pattern: string;
    readonly params: object | undefined;
    private readonly parts;
    constructor(parts: ChannelParts);
    get denied(): RefusedError | undefined;
    on(first: string | Handler<unknown>, second?: Handler<unknown> | SubscribeOptions, third?: SubscribeOptions): () => void;
    onAny(handler: (event: AnyEvent) => void, options?: SubscribeOptions): () => void;
    onGap(handler: (gap: Gap) => void): () => void;
    onSubscribed(handler: (subscribed: Subscribed) => void): () => void;
    onDenied(handler: (denied: Denied) => void): () => void;
    onRevoked(handler: (revoked: Revoked) => void): () => void;
    retry(): void;
    readonly publish: (...given: readonly unknown[]) => Promise<Published>;
    readonly history: (query?: HistoryQuery) => Promise<HistoryPage<AnyEvent>>;
    private listen;
}
