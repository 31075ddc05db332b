/** The chat, and people in front of its pages. */

import { Chat } from "./chat.mjs";
import { Person } from "./person.mjs";
import { perform, Scenery } from "./scenery.mjs";

/** @typedef {import("./scenery.mjs").Transport} Transport */

/**
 * What a scene has at hand.
 *
 * @extends {Scenery<Chat>}
 */
export class Stage extends Scenery {
  get chat() {
    return this.server;
  }

  /**
   * Somebody comes with a browser of their own, says who they are, and is connected.
   *
   * @param {string} name
   * @param {string} room
   * @param {{ origin?: string, device?: import("playwright-core").BrowserContextOptions }} [options] - `origin`: another way to the server, such as a proxy.
   */
  async enter(name, room, { origin = this.chat.origin, device = {} } = {}) {
    const page = await this.newPage(device);
    const person = new Person(page, name);
    await page.goto(`${origin}/${this.transport === undefined ? "" : `?transport=${this.transport}`}#${room}`);
    await person.introduce();
    await person.connected();
    return person;
  }
}

/**
 * A test with a server of its own. It fails when a page reports an error, too.
 *
 * @param {string} name
 * @param {(stage: Stage) => Promise<void>} play
 * @param {{ serverMayBeAway?: boolean, transport?: Transport }} [options]
 */
export function scene(name, play, { transport, ...options } = {}) {
  perform(name, async () => new Stage(await Chat.start(), transport), play, options);
}

/**
 * The same test with each way for frames to travel.
 *
 * @param {string} name
 * @param {(stage: Stage) => Promise<void>} play
 * @param {{ serverMayBeAway?: boolean }} [options]
 */
export function sceneOverBoth(name, play, options = {}) {
  for (const transport of /** @type {const} */ (["sse", "websocket"])) scene(`${name} (${transport})`, play, { ...options, transport });
}
