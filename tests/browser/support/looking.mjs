/** Boards whose store a test holds in its hand, and a page that looks at them. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { built } from "./built.mjs";
import { eventually, RECOVERY } from "./eventually.mjs";
import { perform, Scenery } from "./scenery.mjs";
import { Service } from "./service.mjs";

const BINARY = process.env.LOOKING_BIN ?? fileURLToPath(new URL("../../../target/debug/examples/looking", import.meta.url));

/** @typedef {{ at: string, board: string, value: string, status: string }} Rendered - What a part of the page showed once. */

/** Somebody in front of a page whose router leads from board to board. */
export class Visitor {
  /** What the page said of live queries, in its order. @type {Record<string, unknown>[]} */
  said = [];

  /** @param {import("playwright-core").Page} page */
  constructor(page) {
    this.page = page;
    /** @param {unknown} frame */
    const hear = (frame) => {
      const said = /** @type {Record<string, unknown>} */ (frame);
      if (said["type"] === "live") this.said.push(said);
    };
    page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => hear(JSON.parse(String(payload)))));
    page.on("request", (request) => {
      if (new URL(request.url()).pathname === "/realtime/send") for (const frame of JSON.parse(request.postData() ?? "{}").frames) hear(frame);
    });
  }

  /** The boards that the server was asked for, in their order. */
  get asked() {
    return this.said.filter(({ query }) => query !== undefined).map(({ channel }) => channel);
  }

  /**
   * Follows a link of the router's.
   *
   * @param {string} to
   */
  async goTo(to) {
    await this.page.getByRole("link", { name: to, exact: true }).click();
  }

  /**
   * Waits until parts of the page, which show what is stored, show it.
   *
   * @param {readonly string[]} parts
   * @param {string} value
   * @param {string} [status]
   */
  async sees(parts, value, status = "open") {
    const state = () => Promise.all(parts.map(async (part) => [await this.page.locator(`#${part}`).textContent({ timeout: 1000 }), await this.page.locator(`#${part}`).getAttribute("data-status", { timeout: 1000 })]));
    await eventually(async () => assert.deepEqual(await state(), parts.map(() => [value, status])), RECOVERY);
  }

  /** Stops everything that runs in the page, as a browser does with one that nobody sees. */
  async freeze() {
    // Chromium freezes for its tools no page that is in sight, and Playwright keeps all of them in sight.
    const devtools = await this.page.context().newCDPSession(this.page);
    await devtools.send("Debugger.enable");
    await devtools.send("Debugger.pause");
    return {
      /** What it shows meanwhile. */
      shows: async () => {
        const { root } = await devtools.send("DOM.getDocument", { depth: 0 });
        const { nodeId } = await devtools.send("DOM.querySelector", { nodeId: root.nodeId, selector: "#cards" });
        const { outerHTML } = await devtools.send("DOM.getOuterHTML", { nodeId });
        return />([^<]*)</.exec(outerHTML)?.[1];
      },
      /** Lets it go on. */
      thaw: async () => {
        await devtools.send("Debugger.disable");
        await devtools.detach();
      },
    };
  }

  /**
   * Tells the page whether somebody sees it.
   *
   * @param {boolean} isSeen
   */
  async show(isSeen) {
    await this.page.evaluate((state) => {
      Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
      document.dispatchEvent(new Event("visibilitychange"));
    }, isSeen ? "visible" : "hidden");
  }

  /** Whatever the page has rendered since this was asked for last. */
  rendered() {
    return this.page.evaluate(() => /** @type {{ rendered: Rendered[] }} */ (/** @type {unknown} */ (globalThis)).rendered.splice(0));
  }
}

/**
 * The boards of one test.
 *
 * @extends {Scenery<Service>}
 */
export class Gallery extends Scenery {
  /** @type {"sse" | "websocket"} How the pages' frames travel. */
  way = "websocket";

  /**
   * Somebody comes with a browser of their own.
   *
   * @param {string} path
   * @param {{ origin?: string }} [options] - `origin`: another way to the server, such as a proxy.
   */
  async enter(path, { origin = this.server.origin } = {}) {
    const page = await this.newPage();
    const visitor = new Visitor(page);
    const script = await built("router.jsx");
    await page.goto(`${origin}${path}?transport=${this.way}`);
    await page.addScriptTag({ type: "module", content: script });
    return visitor;
  }

  /**
   * Stores a number, and says so.
   *
   * @param {string} board
   * @param {number} number
   */
  async store(board, number) {
    await this.#order(board, String(number));
  }

  /**
   * Has the loader wait behind what it read.
   *
   * @param {string} board
   */
  async hold(board) {
    await this.#order(board, "hold");
  }

  /** @param {string} board */
  async release(board) {
    await this.#order(board, "release");
  }

  /**
   * How often the loader was run for a board.
   *
   * @param {string} board
   * @returns {Promise<{ begun: number, ended: number, dropped: number }>}
   */
  async runs(board) {
    return (await this.server.get(`/boards/${board}`)).body;
  }

  /**
   * @param {string} board
   * @param {{ begun: number, ended: number, dropped: number }} runs
   */
  async hasRun(board, runs) {
    await eventually(async () => assert.deepEqual(await this.runs(board), runs), RECOVERY);
  }

  /**
   * @param {string} board
   * @param {string} order
   */
  async #order(board, order) {
    const answer = await this.server.post(`/boards/${board}/${order}`, {});
    assert.equal(answer.status, 200);
  }
}

/**
 * A test with boards of its own, over each way for frames to travel.
 *
 * @param {string} name
 * @param {(gallery: Gallery) => Promise<void>} play
 * @param {{ serverMayBeAway?: boolean }} [options]
 */
export function lookingOverBoth(name, play, options = {}) {
  for (const transport of /** @type {const} */ (["sse", "websocket"])) {
    const build = async () => {
      const service = new Service(BINARY);
      await service.launch();
      // A client that cannot connect asks over HTTP why.
      const gallery = new Gallery(service, options.serverMayBeAway === true ? undefined : transport);
      gallery.way = transport;
      return gallery;
    };
    perform(`${name} (${transport})`, build, play, options);
  }
}
