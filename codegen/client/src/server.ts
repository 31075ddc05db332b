/** The service from another service: publishing, history and revocation over HTTP, with a key. It needs no connection, and nothing but `fetch`. */

import { Addresses } from "./address.js";
import type { HistoryPage } from "./channel.js";
import type { ChannelEvent, ChannelMap, ConnectionShape, Contract, ContractData, ParamsArgument, Pattern } from "./contract.js";
import { PayloadError, type RefusedError, RefusedError as Refused, refusal } from "./errors.js";
import { parseObject, readError } from "./frames.js";
import { fetchPage, type HistoryQuery } from "./history.js";
import { type HttpOptions, readRefusal, request, WRONG_PLACE } from "./http.js";
import { Intake } from "./intake.js";
import { type Fetch, platform, systemClock, warn } from "./platform.js";
import type { Published } from "./publication.js";
import { readPublished } from "./publisher.js";
import { isObject } from "./values.js";
import { payloadIssues } from "./validate.js";

export { type AuthHandlerOptions, authHandlerFactory, type AuthRequest, type AuthResponse, type CreateAuthHandler, type Granted, type TokenGrant } from "./server/auth-handler.js";

/** An answer that takes longer than this, in milliseconds, is not awaited. */
const PATIENCE = 10_000;

/** How to reach the service. */
export interface ServerOptions {
  /** Where the service mounts the router, as a whole: `https://live.example.org/realtime`. */
  readonly url: string;
  /** One of the service's keys. A secret. */
  readonly key: string;
  /** Replaces the platform's `fetch`. */
  readonly fetch?: Fetch;
}

/** How to publish from another service. */
export interface ServerPublishOptions {
  /** Stores the event once, however often it is published with this key within five minutes: 1 to 64 of `A–Z a–z 0–9 _ -`. */
  readonly key?: string | undefined;
  /** In whose name; nobody's by default. */
  readonly sender?: string | undefined;
  /** The id of a connection that does not get the event: the header `tidewire-connection` of a request that the client's `fetch` made. */
  readonly exclude?: string | undefined;
}

/** The names of a channel's events that the service may publish. */
export type Servable<C extends ChannelMap<C>, P extends Pattern<C>> = keyof C[P]["events"] & string & (C[P] extends { readonly serves: infer Names } ? Names : string);

/** What follows the name of an event: its data, but for a signal, and how. */
export type ServerPublishArguments<Data> = [Data] extends [void] ? readonly [data?: undefined, options?: ServerPublishOptions] : readonly [data: Data, options?: ServerPublishOptions];

/** An event that waits for others of its batch. */
export interface ServerEvent {
  readonly channel: string;
  readonly event: string;
  readonly data?: unknown;
  readonly key?: string | undefined;
  readonly sender?: string | undefined;
  readonly exclude?: string | undefined;
}

/** A channel, as another service uses it. */
export interface ServerChannel<C extends ChannelMap<C>, P extends Pattern<C>> {
  /** The name on the wire, such as `chat/42`. */
  readonly name: string;

  /**
   * Publishes an event.
   *
   * @returns where it is. It rejects with a {@link RefusedError}, whose `retry` says whether repeating can help: give a `key` where you repeat. Network failures reject as `fetch` does.
   * @throws {@link PayloadError} at once, if the data violates the contract. Nothing is sent.
   */
  publish<E extends Servable<C, P>>(event: E, ...message: ServerPublishArguments<C[P]["events"][E]>): Promise<Published>;

  /**
   * An event for {@link Server.publishBatch}.
   *
   * @throws {@link PayloadError} if the data violates the contract.
   */
  event<E extends Servable<C, P>>(event: E, ...message: ServerPublishArguments<C[P]["events"][E]>): ServerEvent;

  /** Reads stored events, as the client's `history` does. */
  history(query?: HistoryQuery): Promise<HistoryPage<ChannelEvent<C, P>>>;
}

/** Whose rights are taken away, or given back: those of one user on one channel, of everybody on it, or of one user to everything. */
export type Revocation =
  | { readonly user: string; readonly channel?: string | { readonly name: string } | undefined; readonly seconds?: number | undefined }
  | { readonly user?: undefined; readonly channel: string | { readonly name: string }; readonly seconds?: number | undefined };

/** The service from another one. */
export interface Server<C extends ChannelMap<C>> {
  /**
   * A channel of the contract.
   *
   * @throws {@link AddressError} if a parameter violates the contract, or the name would be longer than 200 bytes.
   */
  channel<P extends Pattern<C>>(pattern: P, ...params: ParamsArgument<C, P>): ServerChannel<C, P>;

  /**
   * Publishes up to 256 events in one request, each by itself.
   *
   * @returns what became of each, in the same order: where it is, or why it was refused. It rejects where the request as a whole fails.
   */
  publishBatch(events: readonly ServerEvent[]): Promise<readonly (Published | RefusedError)[]>;

  /**
   * Takes a right away, on all nodes: for `seconds`, or as long as the service's tokens live.
   *
   * @example
   * ```ts
   * await server.revoke({ user: "ann", channel: server.channel("chat/{roomId}", { roomId: "42" }) });
   * ```
   */
  revoke(revocation: Revocation): Promise<void>;

  /** The same for several at once. */
  revokeBatch(revocations: readonly Revocation[]): Promise<void>;

  /** Gives rights back that were taken away with the same `user` and `channel`. */
  restore(revocation: Revocation): Promise<void>;
}

/**
 * Reaches the service from another one, over HTTP, with one of its keys.
 *
 * @example
 * ```ts
 * const server = createServer({ url: "https://live.example.org/realtime", key: process.env.REALTIME_KEY });
 * await server.channel("chat/{roomId}", { roomId: "42" }).publish("message.sent", { author: "bot", text: "hi" }, { sender: "bot" });
 * ```
 */
export type CreateServer<C extends ChannelMap<C>> = (options: ServerOptions) => Server<C>;

/** Binds `createServer` to a contract; what a generated package calls. */
export function serverFactory<C extends ChannelMap<C>>(contract: Contract<C, ConnectionShape>): CreateServer<C> {
  const addresses = new Addresses(contract);
  return ({ url, key, fetch }) => {
    const http: HttpOptions = { url, contract: contract.hash, headers: () => ({ authorization: `Bearer ${key}` }), ...(fetch && { fetch }) };
    const intake = new Intake({ contract, onInvalid: "pass", warn, self: () => undefined });
    const server = {
      channel(pattern: string, params?: object) {
        const name = addresses.name(pattern, params);
        const event = (of: string, data?: unknown, options: ServerPublishOptions = {}): ServerEvent => checked(contract, pattern, { ...options, channel: name, event: of, data });
        return {
          name,
          event,
          // Not async: bad data throws at once.
          publish: (...message: [string, unknown?, ServerPublishOptions?]) => post(http, "/publish", event(...message)).then(published),
          async history(query: HistoryQuery = {}) {
            const { events, cursor, gap } = await fetchPage(http, name, query, systemClock);
            const known = events.flatMap((frame) => intake.read(pattern, frame) ?? []);
            return gap === undefined ? { events: known, cursor } : { events: known, cursor, gap };
          },
        };
      },
      async publishBatch(events: readonly ServerEvent[]) {
        const { receipts } = await post(http, "/publish", { events });
        if (!Array.isArray(receipts)) throw STRANGE;
        return receipts.map((receipt: unknown) => {
          const error = readError(isObject(receipt) ? receipt["error"] : undefined);
          return error === undefined ? published(receipt) : refusal(error);
        });
      },
      revoke: async (revocation: Revocation) => void (await post(http, "/revoke", plain(revocation))),
      revokeBatch: async (revocations: readonly Revocation[]) => void (await post(http, "/revoke", { revocations: revocations.map(plain) })),
      restore: async (revocation: Revocation) => void (await post(http, "/restore", plain(revocation))),
    };
    // The one step from names to types, as in the client.
    return server as unknown as Server<C>;
  };
}

function checked({ channels }: ContractData, pattern: string, event: ServerEvent): ServerEvent {
  const { events = {} } = channels[pattern] ?? {};
  const spec = Object.hasOwn(events, event.event) ? events[event.event] : undefined;
  if (spec?.publish.includes("server") !== true) throw new RangeError(`the service publishes no event \`${event.event}\` on \`${pattern}\``);
  const issues = payloadIssues(spec, event.data);
  if (issues.length > 0) throw new PayloadError(event.channel, event.event, issues);
  return event;
}

function plain({ user, channel, seconds }: Revocation): object {
  return { user, channel: typeof channel === "object" ? channel.name : channel, seconds };
}

function published(receipt: unknown): Published {
  if (!isObject(receipt)) throw STRANGE;
  return readPublished(receipt);
}

async function post(http: HttpOptions, path: string, body: object): Promise<{ readonly [name: string]: unknown }> {
  const controller = new platform.AbortController();
  const cancel = systemClock.after(PATIENCE, () => controller.abort());
  try {
    const headers = { accept: "application/json", "content-type": "application/json" };
    const response = await request(http, path, { method: "POST", headers, body: JSON.stringify(body), signal: controller.signal });
    if (response.status !== 200) throw await readRefusal(response, systemClock.now());
    const answer = parseObject(await response.text());
    if (answer === undefined) throw STRANGE;
    return answer;
  } finally {
    cancel();
  }
}

const STRANGE: RefusedError = new Refused({ name: "not_tidewire", message: "the answer is not one of a Tidewire server", hint: WRONG_PLACE }, "back_off");
