/** How often something may happen: a bucket of tokens that fills with time. */
export class Pace {
    perSecond;
    burst;
    tokens;
    filledAt = 0;
    constructor(perSecond, burst) {
        this.perSecond = perSecond;
        this.burst = burst;
        this.tokens = burst;
    }
    /** Takes one token. Whether there was one. */
    take(now) {
        this.fill(now);
        if (this.tokens < 1)
            return false;
        this.tokens -= 1;
        return true;
    }
    /** How long until there is a token, in milliseconds. */
    wait(now) {
        this.fill(now);
        return this.tokens >= 1 ? 0 : Math.ceil(((1 - this.tokens) * 1000) / this.perSecond);
    }
    /** Empties the bucket: somebody else knows better how full it is. */
    empty(now) {
        this.tokens = 0;
        this.filledAt = now;
    }
    fill(now) {
        // Rounded, so that sums of small fractions do not miss a whole token by a hair.
        this.tokens = Math.min(this.burst, Math.round((this.tokens + (Math.max(0, now - this.filledAt) * this.perSecond) / 1000) * 1e6) / 1e6);
        this.filledAt = now;
    }
}
