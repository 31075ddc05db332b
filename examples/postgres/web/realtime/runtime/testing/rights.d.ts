/** Who may come to the test's server: tokens that it gave out, and rights that it took away. */
import type { Clock } from "../platform.js";
import type { WireRefusal } from "./session.js";
/** Whose rights are taken away, and to what: absent means everybody, or everything. */
export interface Scope {
    readonly user?: string | undefined;
    readonly channel?: string | undefined;
}
/** What a token says. */
export interface Claims {
    readonly user: string | null;
    readonly expires: number | undefined;
}
/** The rights of a test. */
export declare class Rights {
    private readonly clock;
    private readonly tokens;
    private revocations;
    constructor(clock: Clock);
    /** A token of a user's. */
    token(user: string | null, seconds: number | undefined): string;
    /** What a token says, or why it says nothing. */
    claims(token: string): Claims | WireRefusal;
    /** Takes rights away; until when. */
    revoke(scope: Scope, seconds: number): number;
    restore({ user, channel }: Scope): void;
    /** Whether a user may not have a channel; or, without one, anything. */
    isRevoked(user: string | null, channel: string | undefined): boolean;
}
/** What is answered to whom a right was taken away from. */
export declare const REVOKED: WireRefusal;
