/** What was written in a room and has not come back from the server yet. */

import { passing } from "./memory.js";

/**
 * @typedef {"sending" | "sent" | "failed"} Delivery
 *   Whether the server has it: not known yet; yes, and it will come with the other events; no, or nobody knows.
 * @typedef {{ kind: "outgoing", key: string, time: number, author: string, text: string, state: Delivery, id?: string, problem?: string }} Outgoing
 * @typedef {{ room: string, self: () => string, publish: (text: string) => Promise<{ id: string | null }>, isKnown: (id: string) => boolean, changed: () => void }} OutboxOptions
 *   `isKnown`: whether the message with this id was received.
 */

export class Outbox {
  /** @type {Outgoing[]} In the order of writing. */
  messages = [];
  #options;
  #counter = 0;

  /** @param {OutboxOptions} options */
  constructor(options) {
    this.#options = options;
    const unsent = passing.read(`unsent.${options.room}`);
    for (const { author, text, time } of Array.isArray(unsent) ? unsent : []) {
      this.messages.push({ ...this.#compose(author, text), time, state: "failed", problem: "the page was reloaded before it was sent" });
    }
  }

  /**
   * Sends a message. The client keeps the order of writing, waits for the connection if it has to, and stores each message once.
   *
   * @param {string} text
   */
  send(text) {
    const message = this.#compose(this.#options.self(), text);
    this.messages.push(message);
    void this.#deliver(message);
  }

  /** @param {Outgoing} message - One that failed. */
  retry(message) {
    // Under the name of now: the old one may be why it was refused.
    Object.assign(message, { author: this.#options.self(), state: "sending", problem: undefined });
    void this.#deliver(message);
  }

  /** @param {Outgoing} message */
  remove(message) {
    this.messages = this.messages.filter((other) => other !== message);
    this.#changed();
  }

  /**
   * Finds what came back. It is ours if the answer said so; or if the answer is still out, or was lost, and it reads the same.
   *
   * @param {{ id: string, author: string, text: string }} received
   */
  find({ id, author, text }) {
    const known = this.messages.find((message) => message.id === id);
    return known ?? this.messages.find((message) => message.id === undefined && message.author === author && message.text === text);
  }

  /** Takes out what the server has confirmed. */
  takeSent() {
    const sent = this.messages.filter(({ state }) => state === "sent");
    this.messages = this.messages.filter(({ state }) => state !== "sent");
    return sent;
  }

  /**
   * @param {string} author
   * @param {string} text
   * @returns {Outgoing}
   */
  #compose(author, text) {
    this.#counter += 1;
    return { kind: "outgoing", key: `outgoing-${this.#counter}`, time: Date.now(), author, text, state: "sending" };
  }

  /** @param {Outgoing} message */
  async #deliver(message) {
    const { publish, isKnown } = this.#options;
    this.#changed();
    try {
      const { id } = await publish(message.text);
      if (id === null || isKnown(id)) return this.remove(message);
      Object.assign(message, { state: "sent", id });
    } catch (error) {
      Object.assign(message, { state: "failed", problem: error instanceof Error ? error.message : String(error) });
    }
    this.#changed();
  }

  #changed() {
    // Whatever is not confirmed survives a reload.
    const unsent = this.messages.filter(({ state }) => state !== "sent");
    passing.write(`unsent.${this.#options.room}`, unsent.length === 0 ? undefined : unsent);
    this.#options.changed();
  }
}
