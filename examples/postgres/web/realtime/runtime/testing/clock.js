/** The clock of a test: it goes by itself, and can be put forward. */
import { systemClock } from "../platform.js";
/** Follows the platform's clock, which a test framework may hold still, with a lead that grows with each `advance`. */
export class TestClock {
    lead = 0;
    timers = new Set();
    now() {
        return systemClock.now() + this.lead;
    }
    /** No chance: delays that a client draws are half of what they can be. */
    random() {
        return 0.5;
    }
    after(delay, task) {
        const timer = { at: this.now() + delay, task, cancel: nothing };
        this.timers.add(timer);
        this.arm(timer);
        return () => this.drop(timer);
    }
    /** Lets time pass at once: whatever is due on the way happens, each at its moment. `between` runs before the first and after each. */
    advance(milliseconds, between) {
        const end = this.now() + milliseconds;
        between();
        for (;;) {
            const due = [...this.timers].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)[0];
            if (due === undefined)
                break;
            this.reach(due.at);
            this.run(due);
            between();
        }
        this.reach(end);
        for (const timer of this.timers)
            this.arm(timer);
    }
    reach(moment) {
        this.lead += Math.max(0, moment - this.now());
    }
    arm(timer) {
        timer.cancel();
        timer.cancel = systemClock.after(Math.max(0, timer.at - this.now()), () => this.run(timer));
    }
    run(timer) {
        if (!this.timers.has(timer))
            return;
        this.drop(timer);
        timer.task();
    }
    drop(timer) {
        this.timers.delete(timer);
        timer.cancel();
    }
}
function nothing() {
    // The timer is armed in the next step.
}
