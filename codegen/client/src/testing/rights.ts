/** Who may come to the test's server: tokens that it gave out, and rights that it took away. */

import { codes } from "../codes.js";
import type { Clock } from "../platform.js";
import type { WireRefusal } from "./session.js";

/** Whose rights are taken away, and to what: absent means everybody, or everything. */
export interface Scope {
  readonly user?: string | undefined;
  readonly channel?: string | undefined;
}

interface Revocation extends Scope {
  readonly until: number;
}

/** What a token says. */
export interface Claims {
  readonly user: string | null;
  readonly expires: number | undefined;
}

/** The rights of a test. */
export class Rights {
  private readonly clock: Clock;
  private readonly tokens = new Map<string, Claims>();
  private revocations: Revocation[] = [];

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** A token of a user's. */
  token(user: string | null, seconds: number | undefined): string {
    const token = `test.token.${this.tokens.size + 1}`;
    this.tokens.set(token, { user, expires: seconds === undefined ? undefined : this.clock.now() + seconds * 1000 });
    return token;
  }

  /** What a token says, or why it says nothing. */
  claims(token: string): Claims | WireRefusal {
    const claims = this.tokens.get(token);
    if (claims === undefined) return { code: codes.invalid_token, name: "invalid_token", message: "the test's server gave out no such token" };
    if (claims.expires !== undefined && claims.expires <= this.clock.now()) return { code: codes.token_expired, name: "token_expired", message: "the token has expired" };
    return claims;
  }

  /** Takes rights away; until when. */
  revoke(scope: Scope, seconds: number): number {
    const until = this.clock.now() + seconds * 1000;
    this.revocations.push({ ...scope, until });
    return until;
  }

  restore({ user, channel }: Scope): void {
    this.revocations = this.revocations.filter((each) => each.user !== user || each.channel !== channel);
  }

  /** Whether a user may not have a channel; or, without one, anything. */
  isRevoked(user: string | null, channel: string | undefined): boolean {
    const now = this.clock.now();
    return this.revocations.some((each) => each.until > now && (each.user === undefined || each.user === user) && each.channel === channel);
  }
}

/** What is answered to whom a right was taken away from. */
export const REVOKED: WireRefusal = { code: codes.revoked, name: "revoked", message: "the test took the right away" };
