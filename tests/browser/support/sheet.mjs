/** The cursors example, and people at its board. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { eventually, RECOVERY } from "./eventually.mjs";
import { perform, Scenery } from "./scenery.mjs";
import { Service } from "./service.mjs";

const BINARY = process.env.CURSORS_BIN ?? fileURLToPath(new URL("../../../target/debug/cursors", import.meta.url));

/** Somebody at the board. */
export class Drawer {
  /**
   * @param {import("playwright-core").Page} page
   * @param {string} name
   */
  constructor(page, name) {
    this.page = page;
    this.name = name;
  }

  async connected() {
    await eventually(async () => assert.equal(await this.find("status").getAttribute("data-status"), "connected"), RECOVERY);
  }

  /**
   * Moves the pointer to a place of the screen.
   *
   * @param {number} x
   * @param {number} y
   */
  async point(x, y) {
    await this.page.mouse.move(x, y, { steps: 4 });
  }

  /** Draws a line. */
  async draw() {
    await this.page.mouse.move(300, 300);
    await this.page.mouse.down();
    await this.page.mouse.move(500, 420, { steps: 10 });
    await this.page.mouse.up();
  }

  /** Whose pointers are on the board. */
  pointers() {
    return this.find("pointer").evaluateAll((all) => all.map((one) => one.getAttribute("data-name")).sort());
  }

  /** Who is here. */
  faces() {
    return this.find("face").evaluateAll((all) => all.map((one) => one.getAttribute("data-name")).sort());
  }

  /** How many pieces of ink are on the board. */
  async pieces() {
    return Number(await this.find("board").getAttribute("data-pieces"));
  }

  /**
   * Where somebody's pointer is on this screen.
   *
   * @param {string} name
   */
  async pointerOf(name) {
    const box = await this.page.locator(`[data-testid=pointer][data-name="${name}"] svg`).boundingBox();
    assert.ok(box !== null, `there is no pointer of ${name}`);
    return { x: box.x, y: box.y };
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
export class Studio extends Scenery {
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
    const drawer = new Drawer(page, name);
    await drawer.connected();
    return drawer;
  }
}

/**
 * A test at a board of its own.
 *
 * @param {string} name
 * @param {(studio: Studio) => Promise<void>} play
 * @param {{ serverMayBeAway?: boolean }} [options]
 */
export function session(name, play, options = {}) {
  const build = async () => {
    const service = new Service(BINARY);
    await service.launch();
    return new Studio(service);
  };
  perform(name, build, play, options);
}
