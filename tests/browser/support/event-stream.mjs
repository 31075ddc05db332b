/** An event stream as `curl -N` sees it, one block at a time. */

import { get } from "node:http";
import { within } from "./eventually.mjs";

/**
 * @typedef {{ id?: string, retry?: string, frame: Record<string, any> }} Block - The lines of one block; `frame` is its data as JSON.
 */

/** An open stream. */
export class EventStream {
  #response;
  #blocks;

  /** @param {import("node:http").IncomingMessage} response */
  constructor(response) {
    this.#response = response;
    this.#blocks = blocks(response);
  }

  /**
   * @param {string} url
   * @param {Record<string, string>} [headers]
   */
  static async open(url, headers = {}) {
    /** @type {Promise<import("node:http").IncomingMessage>} */
    const answer = new Promise((resolve, reject) => {
      get(url, { agent: false, headers }, resolve).on("error", reject);
    });
    return new EventStream(await within(answer, `an answer to ${url}`));
  }

  get status() {
    return this.#response.statusCode;
  }

  get headers() {
    return this.#response.headers;
  }

  /** The next block that holds a frame. Heartbeats are passed over. */
  async next() {
    const { value, done } = await within(this.#blocks.next(), "the next block of the stream");
    if (done === true) throw new Error("the stream has ended");
    return value;
  }

  /** Ends the connection. */
  close() {
    this.#response.destroy();
  }
}

/**
 * @param {import("node:http").IncomingMessage} response
 * @returns {AsyncGenerator<Block, void>}
 */
async function* blocks(response) {
  response.setEncoding("utf8");
  let text = "";
  for await (const piece of response) {
    text += piece;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const lines = text.slice(0, end).split("\n");
      text = text.slice(end + 2);
      const fields = new Map(lines.map((line) => /** @type {[string, string]} */ ([line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).replace(/^ /, "")])));
      const data = fields.get("data");
      if (data === undefined) continue;
      const unknown = [...fields.keys()].filter((name) => !["id", "data", "retry", ""].includes(name));
      if (unknown.length > 0) throw new Error(`a block has lines that the protocol does not have: ${unknown.join(", ")}`);
      const [id, retry] = [fields.get("id"), fields.get("retry")];
      yield { frame: JSON.parse(data), ...(id !== undefined && { id }), ...(retry !== undefined && { retry }) };
    }
  }
}
