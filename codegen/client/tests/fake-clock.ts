import type { Clock } from "../src/platform.js";

/** A clock that moves when a test says so. */
export class FakeClock implements Clock {
  /** What `random` answers. */
  chance = 0.5;
  private time = 1_000_000;
  private readonly timers: { at: number; task: () => void }[] = [];

  now(): number {
    return this.time;
  }

  random(): number {
    return this.chance;
  }

  after(delay: number, task: () => void): () => void {
    const timer = { at: this.time + delay, task };
    this.timers.push(timer);
    return () => {
      const at = this.timers.indexOf(timer);
      if (at !== -1) this.timers.splice(at, 1);
    };
  }

  /** Lets `milliseconds` pass, running every timer that is due on the way at its own moment. */
  pass(milliseconds: number): void {
    const end = this.time + milliseconds;
    for (;;) {
      const next = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.timers.splice(this.timers.indexOf(next), 1);
      this.time = Math.max(this.time, next.at);
      next.task();
    }
    this.time = end;
  }

  /** Lets time pass without running a timer, as in a laptop that sleeps. */
  sleep(milliseconds: number): void {
    this.time += milliseconds;
  }

  /** How many timers are armed. */
  get armed(): number {
    return this.timers.length;
  }

  /** The delay of the timer that is due next. */
  get next(): number | undefined {
    const moments = this.timers.map(({ at }) => at - this.time);
    return moments.length === 0 ? undefined : Math.min(...moments);
  }
}
