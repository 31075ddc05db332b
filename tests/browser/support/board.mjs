/** The board example, and people at it. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { eventually, RECOVERY } from "./eventually.mjs";
import { perform, Scenery } from "./scenery.mjs";
import { Service } from "./service.mjs";

const BINARY = process.env.BOARD_BIN ?? fileURLToPath(new URL("../../../target/debug/board", import.meta.url));

/** The cards that every board begins with. */
export const LINE = "Splice the aft mooring line";
export const CHARTS = "Order charts for the outer islands";
export const WINCH = "Grease the anchor winch";
export const DECK = "Caulk the deck around the hatch";
export const LANTERN = "New wick and oil for the stern lantern";

/** @typedef {"ideas" | "next" | "doing" | "done"} Column */

/** Somebody at the board. */
export class Worker {
  /**
   * @param {import("playwright-core").Page} page
   * @param {string} name
   */
  constructor(page, name) {
    this.page = page;
    this.name = name;
  }

  /** What is shown is what is stored. */
  async connected() {
    await eventually(async () => assert.equal(await this.find("status").getAttribute("data-status"), "connected"), RECOVERY);
    await eventually(async () => assert.equal(await this.page.locator("body").getAttribute("data-live"), "true"), RECOVERY);
  }

  /**
   * What the cards of a column say, from the top.
   *
   * @param {Column} column
   */
  cards(column) {
    return this.find(`column-${column}`).getByTestId("card").evaluateAll((all) => all.map((card) => /** @type {HTMLElement} */ (card).dataset.title));
  }

  /**
   * Waits until a column has these cards.
   *
   * @param {Column} column
   * @param {readonly string[]} titles
   * @param {number} [deadline]
   */
  async sees(column, titles, deadline) {
    await eventually(async () => assert.deepEqual(await this.cards(column), titles), deadline);
  }

  /** @param {string} title */
  card(title) {
    return this.page.locator(`[data-testid=card][data-title="${title}"]`);
  }

  /**
   * Takes a card with the mouse and holds it over a column, above its first card.
   *
   * @param {string} title
   * @param {Column} column
   */
  async carry(title, column) {
    // Cards glide to where they belong; `hover` waits until this one lies still, as a hand would.
    await this.card(title).getByTestId("card-title").hover({ position: { x: 20, y: 10 } });
    await this.page.mouse.down();
    const to = await this.find(`column-${column}`).boundingBox();
    assert.ok(to !== null);
    await this.page.mouse.move(to.x + 60, to.y + 4, { steps: 8 });
  }

  /**
   * Drags a card to the top of a column.
   *
   * @param {string} title
   * @param {Column} column
   */
  async drag(title, column) {
    await this.carry(title, column);
    await this.page.mouse.up();
  }

  /** Waits until the page says that something was not done. */
  async problem() {
    await this.find("problem").waitFor();
    return this.find("problem").innerText();
  }

  /** @param {string} id */
  find(id) {
    return this.page.getByTestId(id);
  }
}

/**
 * The board of one test.
 *
 * @extends {Scenery<Service>}
 */
export class Office extends Scenery {
  /**
   * Somebody comes with a browser of their own.
   *
   * @param {string} name
   * @param {{ origin?: string, device?: import("playwright-core").BrowserContextOptions }} [options]
   */
  async enter(name, { origin = this.server.origin, device = {} } = {}) {
    const page = await this.newPage(device);
    await page.context().request.post(`${this.server.origin}/session`, { data: { name } });
    await page.goto(origin);
    const worker = new Worker(page, name);
    await worker.connected();
    return worker;
  }
}

/**
 * A test at a board of its own.
 *
 * @param {string} name
 * @param {(office: Office) => Promise<void>} play
 * @param {{ serverMayBeAway?: boolean, mayBeRefused?: boolean }} [options]
 */
export function work(name, play, options = {}) {
  const build = async () => {
    const service = new Service(BINARY);
    await service.launch();
    return new Office(service);
  };
  perform(name, build, play, options);
}
