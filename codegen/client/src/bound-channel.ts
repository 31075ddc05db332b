/** One channel, as `client.channel` gives it; its types are those of `channel`. */

import type { HistoryPage, SubscribeOptions } from "./channel.js";
import type { ContractData, Handler } from "./contract.js";
import type { RefusedError } from "./errors.js";
import { fetchPage, type HistoryQuery } from "./history.js";
import type { HttpOptions } from "./http.js";
import type { AnyEvent, Intake } from "./intake.js";
import type { Clock } from "./platform.js";
import type { Published, PublishOptions } from "./publication.js";
import type { Publisher } from "./publisher.js";
import type { Denied, Gap, Revoked, Subscribed, Subscriptions } from "./subscriptions.js";
import { publishable } from "./validate.js";

/** The name of the event of a channel whose one event has no name. */
const UNNAMED = "message";

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
export class BoundChannel {
  readonly name: string;
  readonly pattern: string;
  readonly params: object | undefined;
  private readonly parts: ChannelParts;

  constructor(parts: ChannelParts) {
    this.name = parts.name;
    this.pattern = parts.pattern;
    this.params = parts.params;
    this.parts = parts;
  }

  get denied(): RefusedError | undefined {
    return this.parts.subscriptions.denied(this.name);
  }

  on(first: string | Handler<unknown>, second?: Handler<unknown> | SubscribeOptions, third?: SubscribeOptions): () => void {
    if (typeof first === "function") return this.listen(UNNAMED, first, second as SubscribeOptions | undefined);
    return this.listen(first, second as Handler<unknown>, third);
  }

  onAny(handler: (event: AnyEvent) => void, options: SubscribeOptions = {}): () => void {
    return this.parts.subscriptions.listen(this.pattern, this.name, { event: undefined, call: handler }, options);
  }

  onGap(handler: (gap: Gap) => void): () => void {
    return this.parts.subscriptions.gaps.on(this.name, handler);
  }

  onSubscribed(handler: (subscribed: Subscribed) => void): () => void {
    return this.parts.subscriptions.beginnings.on(this.name, handler);
  }

  onDenied(handler: (denied: Denied) => void): () => void {
    return this.parts.subscriptions.denials.on(this.name, handler);
  }

  onRevoked(handler: (revoked: Revoked) => void): () => void {
    return this.parts.subscriptions.revocations.on(this.name, handler);
  }

  retry(): void {
    this.parts.subscriptions.retry(this.name);
  }

  // Arrow functions, because bindings hand them out by themselves.
  readonly publish = (...given: readonly unknown[]): Promise<Published> => {
    const { contract, publisher } = this.parts;
    const { pattern, name } = this;
    const names = Object.keys(contract.channels[pattern]?.events ?? {});
    const isUnnamed = names.length === 1 && names[0] === UNNAMED;
    const [event, data, options] = (isUnnamed ? [UNNAMED, ...given] : given) as [string, unknown, PublishOptions | undefined];
    const { latest = false } = publishable(contract, pattern, name, event, data);
    return publisher.publish({ channel: name, event, data, latest, excludeSelf: options?.excludeSelf === true });
  };

  readonly history = async (query: HistoryQuery = {}): Promise<HistoryPage<AnyEvent>> => {
    const { http, clock, intake } = this.parts;
    const { events: frames, cursor, gap } = await fetchPage(http, this.name, query, clock);
    const events = frames.flatMap((frame) => intake.read(this.pattern, frame) ?? []);
    return gap === undefined ? { events, cursor } : { events, cursor, gap };
  };

  private listen(event: string, handler: Handler<unknown>, options: SubscribeOptions = {}): () => void {
    const call = ({ data, meta }: AnyEvent): void => handler(data, meta);
    return this.parts.subscriptions.listen(this.pattern, this.name, { event, call }, options);
  }
}
