/** Who may come to the test's server: tokens that it gave out, and rights that it took away. */
import { codes } from "../codes.js";
/** The rights of a test. */
export class Rights {
    clock;
    tokens = new Map();
    revocations = [];
    constructor(clock) {
        this.clock = clock;
    }
    /** A token of a user's. */
    token(user, seconds) {
        const token = `test.token.${this.tokens.size + 1}`;
        this.tokens.set(token, { user, expires: seconds === undefined ? undefined : this.clock.now() + seconds * 1000 });
        return token;
    }
    /** What a token says, or why it says nothing. */
    claims(token) {
        const claims = this.tokens.get(token);
        if (claims === undefined)
            return { code: codes.invalid_token, name: "invalid_token", message: "the test's server gave out no such token" };
        if (claims.expires !== undefined && claims.expires <= this.clock.now())
            return { code: codes.token_expired, name: "token_expired", message: "the token has expired" };
        return claims;
    }
    /** Takes rights away; until when. */
    revoke(scope, seconds) {
        const until = this.clock.now() + seconds * 1000;
        this.revocations.push({ ...scope, until });
        return until;
    }
    restore({ user, channel }) {
        this.revocations = this.revocations.filter((each) => each.user !== user || each.channel !== channel);
    }
    /** Whether a user may not have a channel; or, without one, anything. */
    isRevoked(user, channel) {
        const now = this.clock.now();
        return this.revocations.some((each) => each.until > now && (each.user === undefined || each.user === user) && each.channel === channel);
    }
}
/** What is answered to whom a right was taken away from. */
export const REVOKED = { code: codes.revoked, name: "revoked", message: "the test took the right away" };
