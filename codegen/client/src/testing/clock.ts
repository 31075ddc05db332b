/** The clock of a test: it goes by itself, and can be put forward. */

import { type Clock, systemClock } from "../platform.js";

interface Timer {
  readonly at: number;
  readonly task: () => void;
  cancel: () => void;
}

/** Follows the platform's clock, which a test framework may hold still, with a lead that grows with each `advance`. */
export class TestClock implements Clock {
  private lead = 0;
  private readonly timers = new Set<Timer>();

  now(): number {
    return systemClock.now() + this.lead;
  }

  /** No chance: delays that a client draws are half of what they can be. */
  random(): number {
    return 0.5;
  }

  after(delay: number, task: () => void): () => void {
    const timer: Timer = { at: this.now() + delay, task, cancel: nothing };
    this.timers.add(timer);
    this.arm(timer);
    return () => this.drop(timer);
  }

  /** Lets time pass at once: whatever is due on the way happens, each at its moment. `between` runs before the first and after each. */
  advance(milliseconds: number, between: () => void): void {
    const end = this.now() + milliseconds;
    between();
    for (;;) {
      const due = [...this.timers].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)[0];
      if (due === undefined) break;
      this.reach(due.at);
      this.run(due);
      between();
    }
    this.reach(end);
    for (const timer of this.timers) this.arm(timer);
  }

  private reach(moment: number): void {
    this.lead += Math.max(0, moment - this.now());
  }

  private arm(timer: Timer): void {
    timer.cancel();
    timer.cancel = systemClock.after(Math.max(0, timer.at - this.now()), () => this.run(timer));
  }

  private run(timer: Timer): void {
    if (!this.timers.has(timer)) return;
    this.drop(timer);
    timer.task();
  }

  private drop(timer: Timer): void {
    this.timers.delete(timer);
    timer.cancel();
  }
}

function nothing(): void {
  // The timer is armed in the next step.
}
