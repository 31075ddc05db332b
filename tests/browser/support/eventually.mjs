/** Waiting for a condition, which is what these tests do instead of sleeping. */

import { setTimeout as pause } from "node:timers/promises";

/** How long a condition may take that nothing slow stands behind, in milliseconds. Generous, because the machine may be busy. */
export const SOON = 15_000;

/** How long a page may take to come back after its server was away: the client waits up to a few seconds between attempts. */
export const RECOVERY = 40_000;

/** How often a condition is looked at, in milliseconds. */
const INTERVAL = 25;

/**
 * Repeats an assertion until it holds.
 *
 * @template T
 * @param {() => T | Promise<T>} assertion - Throws while the condition does not hold.
 * @param {number} [deadline] - After so many milliseconds the last failure is the result.
 * @returns {Promise<T>} what the assertion returned
 */
export async function eventually(assertion, deadline = SOON) {
  const end = Date.now() + deadline;
  for (;;) {
    try {
      return await assertion();
    } catch (error) {
      if (Date.now() >= end) throw error;
    }
    await pause(INTERVAL);
  }
}

/**
 * Gives up on a promise that takes too long.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {string} what - What was waited for, for the message.
 * @param {number} [deadline] - In milliseconds.
 * @returns {Promise<T>}
 */
export async function within(promise, what, deadline = SOON) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${deadline} ms`)), deadline);
  });
  try {
    return await Promise.race([promise, /** @type {Promise<never>} */ (late)]);
  } finally {
    clearTimeout(timer);
  }
}
