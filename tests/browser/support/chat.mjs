/** The chat example as a process. */

import { fileURLToPath } from "node:url";
import { Service } from "./service.mjs";

export const BINARY = process.env.CHAT_BIN ?? fileURLToPath(new URL("../../../target/debug/chat", import.meta.url));

/**
 * @typedef {{ id: string, number: number, time: number }} Stored - Where a message is stored.
 */

/** A chat server that can be killed and started again on the port it had. */
export class Chat extends Service {
  /** Starts a server on a free port, to be stopped when the test, or the file's tests, are over. */
  static async start() {
    const chat = new Chat(BINARY);
    await chat.launch();
    return chat;
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
    const answer = await this.post(`/api/rooms/${room}/messages`, { author, text });
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
