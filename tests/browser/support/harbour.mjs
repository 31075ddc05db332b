/** The postgres example, its database, and its page. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { eventually, RECOVERY } from "./eventually.mjs";
import { Postgres } from "./postgres.mjs";
import { perform, Scenery } from "./scenery.mjs";
import { Service } from "./service.mjs";

export const BINARY = process.env.POSTGRES_EXAMPLE_BIN ?? fileURLToPath(new URL("../../../target/debug/postgres-example", import.meta.url));

/** What every board begins with, in its order. */
export const FIRST = ["Skerry", "Outer Holm", "Saint Brannoc", "Longstrand", "Skerry", "Port Ennis", "The Lighthouse", "Outer Holm"];

/** A page with the board. */
export class Quay {
  /** @param {import("playwright-core").Page} page */
  constructor(page) {
    this.page = page;
  }

  /** What is shown is what is stored. */
  async isLive() {
    await eventually(async () => assert.equal(await this.page.locator("body").getAttribute("data-live"), "true"), RECOVERY);
  }

  /** Where the departures on the board go, in their order. */
  destinations() {
    return this.find("departure").evaluateAll((all) => all.map((one) => /** @type {HTMLElement} */ (one).dataset.destination));
  }

  /**
   * Waits until the board shows these.
   *
   * @param {readonly string[]} destinations
   */
  async sees(destinations) {
    await eventually(async () => assert.deepEqual(await this.destinations(), destinations), RECOVERY);
  }

  /**
   * How it stands with a departure, as the board says.
   *
   * @param {number} id
   */
  state(id) {
    return this.page.locator(`[data-testid=departure][data-id="${id}"]`).getAttribute("data-state", { timeout: 2000 });
  }

  /**
   * Waits until the board says so.
   *
   * @param {number} id
   * @param {string} state
   */
  async showsState(id, state) {
    await eventually(async () => assert.equal(await this.state(id), state), RECOVERY);
  }

  /** What is told to have happened, newest first. */
  news() {
    return this.page.locator("[data-testid=line] .text").allInnerTexts();
  }

  /**
   * Waits until this was told last.
   *
   * @param {string | RegExp} text
   */
  async hears(text) {
    await eventually(async () => {
      const [newest = ""] = await this.news();
      if (typeof text === "string") assert.equal(newest, text);
      else assert.match(newest, text);
    }, RECOVERY);
  }

  /**
   * Waits until the page says that what it shows may be old, and why.
   *
   * @param {RegExp} reason
   */
  async warns(reason) {
    await eventually(async () => assert.match(await this.find("stale").innerText(), reason), RECOVERY);
    assert.equal(await this.page.locator("body").getAttribute("data-live"), "false");
  }

  /** @param {string} id */
  find(id) {
    return this.page.getByTestId(id);
  }
}

/**
 * The harbour of one test.
 *
 * @extends {Scenery<Service>}
 */
export class Harbour extends Scenery {
  /**
   * @param {Service} service
   * @param {Postgres} database
   */
  constructor(service, database) {
    super(service);
    this.database = database;
  }

  /**
   * Somebody opens the page.
   *
   * @param {import("playwright-core").BrowserContextOptions} [device]
   */
  async look(device = {}) {
    const page = await this.newPage(device);
    await page.goto(this.server.origin);
    const quay = new Quay(page);
    await quay.isLive();
    return quay;
  }

  /** @override */
  async end() {
    await super.end();
    await this.database.end();
  }
}

/**
 * A test with a harbour and a database of its own.
 *
 * @param {string} name
 * @param {(harbour: Harbour) => Promise<void>} play
 * @param {{ serverMayBeAway?: boolean }} [options]
 */
export function arrive(name, play, options = {}) {
  const build = async () => {
    const database = await Postgres.start();
    const service = new Service(BINARY, { DATABASE_URL: database.address });
    await service.launch();
    return new Harbour(service, database);
  };
  perform(name, build, play, options);
}
