/** The route that signs tokens, for a service that runs apart from the application that knows its users. */
import type { ChannelMap, Contract, ConnectionShape, Params, Pattern } from "../contract.js";
/** The platform's `Request`, or the part of it that is used where its type is unknown. */
export type AuthRequest = typeof globalThis extends {
    readonly Request: {
        readonly prototype: infer R;
    };
} ? R : {
    readonly method: string;
    readonly url: string;
    readonly headers: {
        get(name: string): string | null;
    };
    text(): Promise<string>;
};
/** The platform's `Response`, or the part of it that is known everywhere. */
export type AuthResponse = typeof globalThis extends {
    readonly Response: {
        readonly prototype: infer R;
    };
} ? R : {
    readonly status: number;
    text(): Promise<string>;
};
/** Channels that a grant speaks of: all of a pattern, or those of which some parameters are as given. */
export type Granted<C extends ChannelMap<C>> = {
    readonly [P in Pattern<C>]: P | {
        readonly pattern: P;
        readonly params?: Partial<NonNullable<Params<C, P>>> | undefined;
    };
}[Pattern<C>];
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
/** Binds `createAuthHandler` to a contract; what a generated package calls. */
export declare function authHandlerFactory<C extends ChannelMap<C>>(contract: Contract<C, ConnectionShape>): CreateAuthHandler<C>;
