/** The server's clock, which is the one that counts. What the clock of this computer says, or is set to meanwhile, does not matter. */

export class Clock {
  /** How far the server's clock is ahead of the time since this page was opened, in milliseconds. */
  #ahead = Date.now() - performance.now();
  /** How long the answer took from which that is known. */
  #doubt = Infinity;

  /** The time at the server, in milliseconds since 1970. */
  now() {
    return performance.now() + this.#ahead;
  }

  /**
   * Learns from an answer of the server. It was somewhere on its way for half of the time: the faster, the surer.
   *
   * @param {number} time - What the server's clock said.
   * @param {number} asked - `performance.now()` when it was asked.
   */
  learn(time, asked) {
    const answered = performance.now();
    const took = answered - asked;
    // What was surest once is not for ever: clocks drift, and computers sleep.
    this.#doubt += 1;
    if (took > this.#doubt) return;
    this.#doubt = took;
    this.#ahead = time - (asked + answered) / 2;
  }
}
