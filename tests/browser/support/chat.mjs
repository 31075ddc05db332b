/** The chat example as a process. */

import { fileURLToPath } from "node:url";
import { Service } from "./service.mjs";

export const BINARY = process.env.CHAT_BIN ?? fileURLToPath(new URL("../../../target/debug/chat", import.meta.url));

/** Who knows it is the host. */
export const HOST_KEY = "the key that these tests know";

/**
 * @typedef {{ id: string, number: number, time: number }} Stored - Where a message is stored.
 */

/** A chat server that can be killed and started again on the port it had. */
export class Chat extends Service {
  /** @type {Map<string, string>} The sessions of those who need no page, by their names. */
  #sessions = new Map();

  /** Starts a server on a free port, to be stopped when the test, or the file's tests, are over. */
  static async start() {
    const chat = new Chat(BINARY, { HOST_KEY });
    await chat.launch();
    return chat;
  }

  /**
   * What somebody's requests carry who has no page. A server that was restarted knows nobody, so they sign in anew.
   *
   * @override
   * @param {string} [name]
   * @returns {Promise<Record<string, string>>}
   */
  async headers(name = "observer") {
    const known = this.#sessions.get(name);
    if (known !== undefined) return { cookie: known, origin: this.origin };
    const answer = await super.post("/session", { name }, {});
    const cookie = answer.headers.get("set-cookie")?.split(";")[0];
    if (cookie === undefined) throw new Error(`the server answered ${answer.status} to ${name}, who wanted to sign in`);
    this.#sessions.set(name, cookie);
    return { cookie, origin: this.origin };
  }

  /**
   * Starts it on the port that it had, or on a free one.
   *
   * @override
   */
  async launch() {
    this.#sessions.clear();
    await super.launch();
  }

  /**
   * Signs a browser in, without a page.
   *
   * @param {import("playwright-core").BrowserContext} context
   * @param {string} name
   */
  async signIn(context, name) {
    const answer = await context.request.post(`${this.origin}/session`, { data: { name } });
    if (!answer.ok()) throw new Error(`the server answered ${answer.status()} to ${name}, who wanted to sign in`);
  }

  /**
   * Publishes a message over HTTP.
   *
   * @param {string} room
   * @param {string} author
   * @param {string} text
   * @returns {Promise<Stored>}
   */
  async say(room, author, text) {
    const answer = await this.post(`/api/rooms/${room}/messages`, { text }, await this.headers(author));
    const body = await answer.text();
    if (answer.status !== 201) throw new Error(`the server answered ${answer.status}: ${body}`);
    return JSON.parse(body);
  }

  /**
   * The texts of the newest messages that a room stores, oldest first.
   *
   * @param {string} room
   * @returns {Promise<string[]>}
   */
  async stored(room) {
    const { body } = await this.get(`/realtime/history?channel=chat/${room}&limit=1000`);
    return body.events.map((/** @type {{ data: { text: string } }} */ { data }) => data.text);
  }
}
