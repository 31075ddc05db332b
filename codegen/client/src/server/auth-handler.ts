/** The route that signs tokens, for a service that runs apart from the application that knows its users. */

import { Addresses } from "../address.js";
import { codes } from "../codes.js";
import type { ChannelMap, Contract, ConnectionShape, ContractData, Params, Pattern } from "../contract.js";
import { AddressError } from "../errors.js";
import { isObject } from "../values.js";
import { randomId, sign } from "./signature.js";

/** A ticket is good for this long, in seconds. */
const TICKET = 30;

/** The platform's `Request`, or the part of it that is used where its type is unknown. */
export type AuthRequest = typeof globalThis extends { readonly Request: { readonly prototype: infer R } }
  ? R
  : { readonly method: string; readonly url: string; readonly headers: { get(name: string): string | null }; text(): Promise<string> };

/** The platform's `Response`, or the part of it that is known everywhere. */
export type AuthResponse = typeof globalThis extends { readonly Response: { readonly prototype: infer R } } ? R : { readonly status: number; text(): Promise<string> };

/** Channels that a grant speaks of: all of a pattern, or those of which some parameters are as given. */
export type Granted<C extends ChannelMap<C>> = { readonly [P in Pattern<C>]: P | { readonly pattern: P; readonly params?: Partial<NonNullable<Params<C, P>>> | undefined } }[Pattern<C>];

/** What a user may do. What it does not mention, it does not give. */
export interface TokenGrant<C extends ChannelMap<C>> {
  /** Whose it is; absent for nobody. */
  readonly user?: string | undefined;
  /** What may be subscribed to, and read. */
  readonly subscribe?: "everything" | readonly Granted<C>[] | undefined;
  /** What may be published on, of what the contract lets clients publish; who may publish may be present as well. */
  readonly publish?: "everything" | readonly Granted<C>[] | undefined;
  /** Where one may be present without publishing. */
  readonly present?: "everything" | readonly Granted<C>[] | undefined;
}

/** How to answer. */
export interface AuthHandlerOptions<C extends ChannelMap<C>> {
  /** The secret that the service knows as well: 32 bytes at least, from a source of randomness. */
  readonly secret: string;
  /** Who signs, as the service expects it. */
  readonly issuer: string;
  /** For whom, as the service expects it. */
  readonly audience: string;
  /** Decides what who asks may do. `undefined`: nobody is signed in, and nobody may come so. */
  readonly authorize: (request: AuthRequest) => TokenGrant<C> | undefined | PromiseLike<TokenGrant<C> | undefined>;
  /** How long a token is good, in seconds. Default 3600. */
  readonly seconds?: number | undefined;
  /** Origins of pages that may ask, besides that of the request itself. */
  readonly origins?: readonly string[] | undefined;
}

/**
 * Makes a handler of `POST` requests that answers a token, in any framework that speaks `Request` and `Response`: Next.js, SvelteKit, Hono, Bun, Deno, workers.
 *
 * @example
 * ```ts
 * export const POST = createAuthHandler({
 *   secret: process.env.REALTIME_SECRET,
 *   issuer: "acme",
 *   audience: "live",
 *   authorize: async (request) => {
 *     const user = await userOf(request);
 *     return user && { user: user.id, subscribe: ["chat/{roomId}"], publish: [{ pattern: "chat/{roomId}", params: { roomId: user.room } }] };
 *   },
 * });
 * ```
 */
export type CreateAuthHandler<C extends ChannelMap<C>> = (options: AuthHandlerOptions<C>) => (request: AuthRequest) => Promise<AuthResponse>;

interface PlainRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}

/** Binds `createAuthHandler` to a contract; what a generated package calls. */
export function authHandlerFactory<C extends ChannelMap<C>>(contract: Contract<C, ConnectionShape>): CreateAuthHandler<C> {
  const addresses = new Addresses(contract);
  return ({ secret, issuer, audience, authorize, seconds = 3600, origins = [] }) =>
    async (request) => {
      const asked = request as unknown as PlainRequest;
      if (asked.method !== "POST") return refuse(405, "method_not_allowed", "a token is asked for with POST");
      const origin = asked.headers.get("origin");
      if (origin !== null && (hostOf(origin) ?? "") !== hostOf(asked.url) && !origins.includes(origin)) return refuse(403, "denied", "pages of this origin get no tokens");
      // Before the application sees the request, which it may read as well.
      const copy = "clone" in asked && typeof asked.clone === "function" ? (asked.clone() as PlainRequest) : undefined;
      const isTicket = copy !== undefined && wantsTicket(await copy.text().catch(() => ""));
      const grant = await authorize(request);
      if (grant === undefined) return refuse(401, "unauthenticated", "nobody is signed in");
      const iat = Math.floor(Date.now() / 1000);
      const exp = iat + (isTicket ? Math.min(TICKET, seconds) : seconds);
      const rights = rightsOf(grant, contract, addresses);
      const subject = grant.user === undefined ? {} : { sub: grant.user };
      const ticket = isTicket ? { jti: randomId(), use: "ticket" } : {};
      const token = await sign({ iss: issuer, aud: audience, iat, exp, ...subject, ...ticket, grant: rights }, secret);
      return respond(200, { token, expires: exp * 1000 });
    };
}

function rightsOf<C extends ChannelMap<C>>({ subscribe, publish, present }: TokenGrant<C>, contract: ContractData, addresses: Addresses): object {
  const written = (channels: "everything" | readonly unknown[] | undefined): unknown =>
    typeof channels === "string" ? channels : channels?.map((channel) => channelsOf(channel as string | { readonly pattern: string; readonly params?: object }, contract, addresses));
  return { subscribe: written(subscribe), publish: written(publish), present: written(present) };
}

/** A pattern, the name of a channel, or a pattern with what is fixed. */
function channelsOf(channel: string | { readonly pattern: string; readonly params?: object | undefined }, contract: ContractData, addresses: Addresses): unknown {
  const { pattern, params = {} } = typeof channel === "string" ? { pattern: channel } : channel;
  const known = Object.hasOwn(contract.channels, pattern) ? contract.channels[pattern] : undefined;
  if (known === undefined) throw new AddressError("unknown_channel", `the contract has no channel \`${pattern}\``);
  const fixed = Object.entries(params).filter(([, value]) => value !== undefined);
  if (fixed.length === 0) return pattern;
  if (known.params.every(({ name, optional }) => optional === true || fixed.some(([given]) => given === name))) return addresses.name(pattern, params);
  return { pattern, fixed: Object.fromEntries(fixed.map(([name, value]) => [name, String(value)])) };
}

function wantsTicket(text: string): boolean {
  try {
    const body: unknown = JSON.parse(text);
    return isObject(body) && body["ticket"] === true;
  } catch {
    return false;
  }
}

/** Behind a proxy nobody knows the scheme that the page sees, so both are the same; `null` for what is no address, which is no origin either. */
function hostOf(url: string): string | null {
  return /^https?:\/\/([^/?#]+)/i.exec(url)?.[1]?.toLowerCase().replace(/:(80|443)$/, "") ?? null;
}

function refuse(status: number, name: keyof typeof codes, message: string): AuthResponse {
  return respond(status, { error: { code: codes[name], name, message } });
}

function respond(status: number, body: object): AuthResponse {
  const { Response: Made } = globalThis as unknown as { readonly Response: new (body: string, init: object) => AuthResponse };
  return new Made(JSON.stringify(body), { status, headers: { "content-type": "application/json", "cache-control": "no-store" } });
}
