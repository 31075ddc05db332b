/** One board: what is on it, and what this page adds. Knows nothing of how it is shown. */

import { RefusedError } from "./realtime/index.js";

/** How often others are told where the pointer is, in milliseconds. The places between are smoothed over on their side. */
const PACE = 40;

/** @typedef {import("./ink.js").Place} Place */
/** @typedef {import("./ink.js").Piece} Piece */
/**
 * @typedef {{
 *   pointed: (name: string, at: Place) => void, drawn: (piece: Piece) => void, replaced: (pieces: readonly Piece[]) => void,
 *   wiped: (name: string) => void, peopled: () => void, failed: (text: string) => void,
 * }} Told
 */

export class Board {
  /** Who is here. */
  presence;
  #channel;
  #told;
  #sent = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {Place} */
  #at = [0, 0];

  /**
   * @param {import("./realtime/index.js").Client} client
   * @param {string} name
   * @param {Told} told
   */
  constructor(client, name, told) {
    this.#told = told;
    this.#channel = client.channel("board/{board}", { board: name });
    this.presence = this.#channel.presence();
    this.presence.subscribe(told.peopled);
    this.#channel.on("cursor.moved", ({ at }, { sender }) => sender !== null && told.pointed(sender, at));
    void this.#enter();
  }

  /** @param {Place} at */
  point(at) {
    this.#at = at;
    const rest = this.#sent + PACE - performance.now();
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#sent = performance.now();
      // Where it is now is not worth saying later.
      this.#channel.publish("cursor.moved", { at: this.#at }, { excludeSelf: true }).catch(() => {});
    }, rest);
  }

  /** @param {Piece} piece */
  draw(piece) {
    this.#channel.publish("ink.drawn", piece, { excludeSelf: true }).catch((error) => this.#told.failed(reason(error, "A piece of your line was not kept")));
  }

  wipe() {
    this.#channel.publish("board.wiped").catch((error) => this.#told.failed(reason(error, "The board was not wiped")));
  }

  /** @param {{ hue: number, drawing: boolean }} state */
  show(state) {
    this.presence.set(state).catch((error) => this.#told.failed(reason(error, "Others do not see you")));
  }

  /** Reads what was drawn so far, and goes on live from exactly there. */
  async #enter() {
    for (let attempt = 0; ; attempt += 1) {
      try {
        const { events, cursor } = await this.#channel.history({ limit: 1000 });
        const last = events.findLastIndex(({ event }) => event === "board.wiped");
        this.#told.replaced(events.slice(last + 1).flatMap((event) => (event.event === "ink.drawn" ? [event.data] : [])));
        this.#channel.on("ink.drawn", (piece) => this.#told.drawn(piece), { after: cursor });
        this.#channel.on("board.wiped", (_, { sender }) => this.#told.wiped(sender ?? ""), { after: cursor });
        this.#channel.onGap(() => void this.#again());
        return;
      } catch (error) {
        this.#told.failed(reason(error, "The board cannot be read"));
        if (error instanceof RefusedError && error.retry === "never") return;
        await new Promise((resolve) => setTimeout(resolve, Math.min(8000, 500 * 2 ** attempt) * (0.5 + Math.random() / 2)));
      }
    }
  }

  /** Something is missing on this screen: what the server has is all that there is. */
  async #again() {
    const { events } = await this.#channel.history({ limit: 1000 }).catch(() => ({ events: undefined }));
    if (events === undefined) return;
    const last = events.findLastIndex(({ event }) => event === "board.wiped");
    this.#told.replaced(events.slice(last + 1).flatMap((event) => (event.event === "ink.drawn" ? [event.data] : [])));
  }
}

/**
 * @param {unknown} error
 * @param {string} what
 */
function reason(error, what) {
  return `${what}: ${error instanceof Error ? error.message : String(error)}.`;
}
