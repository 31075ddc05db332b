/** The auction example, and people in front of its page. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { eventually, RECOVERY } from "./eventually.mjs";
import { perform, Scenery } from "./scenery.mjs";
import { Service } from "./service.mjs";

const BINARY = process.env.AUCTION_BIN ?? fileURLToPath(new URL("../../../target/debug/auction", import.meta.url));

/** What is sold first. */
export const FIRST = "lighthouse-lens";

/** Somebody who watches, and may bid. */
export class Bidder {
  /** @param {import("playwright-core").Page} page */
  constructor(page) {
    this.page = page;
  }

  /**
   * Says who they are.
   *
   * @param {string} name
   */
  async takeSeat(name) {
    await this.find("profile").click();
    await this.answer(name);
  }

  /**
   * Answers the question for a name.
   *
   * @param {string} name
   */
  async answer(name) {
    await this.find("name-input").fill(name);
    await this.find("name-save").click();
    await this.find("name-input").waitFor({ state: "hidden" });
  }

  /** Bids the least that is taken. */
  async bid() {
    await eventually(async () => assert.ok(await this.find("bid").isEnabled()));
    await this.find("bid").click();
  }

  async connected() {
    await eventually(async () => assert.equal(await this.find("status").getAttribute("data-status"), "connected"), RECOVERY);
  }

  /**
   * Waits until the page says this of the price and of who leads.
   *
   * @param {string} price
   * @param {string} leader
   * @param {number} [deadline]
   */
  async sees(price, leader, deadline) {
    await eventually(async () => assert.deepEqual([await this.text("price"), await this.text("leader")], [price, leader]), deadline);
  }

  /** @param {string} id */
  async text(id) {
    return (await this.find(id).textContent())?.trim();
  }

  /** @param {string} id */
  find(id) {
    return this.page.getByTestId(id);
  }
}

/**
 * The saleroom of one test.
 *
 * @extends {Scenery<Service>}
 */
export class Saleroom extends Scenery {
  /**
   * Somebody comes with a browser of their own and looks at the first lot.
   *
   * @param {{ name?: string, origin?: string, device?: import("playwright-core").BrowserContextOptions }} [options]
   */
  async enter({ name, origin = this.server.origin, device = {} } = {}) {
    const bidder = new Bidder(await this.newPage(device));
    await bidder.page.goto(`${origin}/#${FIRST}-1`);
    await bidder.connected();
    if (name !== undefined) await bidder.takeSeat(name);
    return bidder;
  }
}

/**
 * A test in a saleroom of its own.
 *
 * @param {string} name
 * @param {(saleroom: Saleroom) => Promise<void>} play
 * @param {{ seconds?: number, serverMayBeAway?: boolean }} [options] - `seconds`: how long each lot is under the hammer.
 */
export function sale(name, play, { seconds = 600, ...options } = {}) {
  const build = async () => {
    const service = new Service(BINARY, { LOT_SECONDS: String(seconds) });
    await service.launch();
    return new Saleroom(service);
  };
  perform(name, build, play, options);
}
