/** The counter example, and its page. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { eventually, RECOVERY } from "./eventually.mjs";
import { perform, Scenery } from "./scenery.mjs";
import { Service } from "./service.mjs";

const BINARY = process.env.COUNTER_BIN ?? fileURLToPath(new URL("../../../target/debug/counter", import.meta.url));

/**
 * The counter of one test.
 *
 * @extends {Scenery<Service>}
 */
export class Counter extends Scenery {
  /**
   * A page in a browser of its own.
   *
   * @param {{ origin?: string, device?: import("playwright-core").BrowserContextOptions }} [options]
   */
  async look({ origin = this.server.origin, device = {} } = {}) {
    const page = await this.newPage(device);
    await page.goto(origin);
    return page;
  }
}

/**
 * Waits until a page shows a number, and that it is the stored one.
 *
 * @param {import("playwright-core").Page} page
 * @param {number} count
 */
export async function shows(page, count) {
  const state = async () => [await page.getByTestId("count").textContent(), await page.getByTestId("press").isEnabled(), await page.getByTestId("status").getAttribute("data-status")];
  await eventually(async () => assert.deepEqual(await state(), [String(count), true, "connected"]), RECOVERY);
}

/**
 * A test with a counter of its own.
 *
 * @param {string} name
 * @param {(counter: Counter) => Promise<void>} play
 * @param {{ serverMayBeAway?: boolean }} [options]
 */
export function counting(name, play, options = {}) {
  const build = async () => {
    const service = new Service(BINARY);
    await service.launch();
    return new Counter(service);
  };
  perform(name, build, play, options);
}
