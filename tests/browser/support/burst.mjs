/** A conversation that does not stop: numbered messages, one after the other. */

import { setTimeout as pause } from "node:timers/promises";

/** Between two messages, in milliseconds. */
const PACE = 4;

/** The same once there are enough: a slow page needs a conversation that still goes on, and a room forgets all but the newest 500. */
const PATIENT_PACE = 40;

/** More than this would be forgotten, and rightly told as a gap. */
const MOST = 480;

export class Burst {
  sent = 0;
  #least;
  #isEnough = false;
  #done;

  /**
   * Starts sending `message 1`, `message 2` and so on.
   *
   * @param {import("./chat.mjs").Chat} chat
   * @param {string} room
   * @param {number} least - At least so many, however early it is told to stop.
   */
  constructor(chat, room, least) {
    this.#least = least;
    this.#done = this.#send(chat, room);
    // A failure is told by `stop`; until then it must not count as unhandled.
    this.#done.catch(() => {});
  }

  /** Ends the burst. The answer is the text of every message that was sent. */
  async stop() {
    this.#isEnough = true;
    await this.#done;
    return numbered(1, this.sent);
  }

  /**
   * @param {import("./chat.mjs").Chat} chat
   * @param {string} room
   */
  async #send(chat, room) {
    while (this.sent < MOST && (this.sent < this.#least || !this.#isEnough)) {
      const number = this.sent + 1;
      const stored = await chat.say(room, "burst", text(number));
      if (stored.number !== number) throw new Error(`message ${number} was stored as number ${stored.number}`);
      this.sent = number;
      await pause(number < this.#least ? PACE : PATIENT_PACE);
    }
  }
}

/**
 * The texts of the messages from one number to another, both included.
 *
 * @param {number} first
 * @param {number} last
 */
export function numbered(first, last) {
  return Array.from({ length: last - first + 1 }, (_, at) => text(first + at));
}

/** @param {number} number */
function text(number) {
  return `message ${number}`;
}
