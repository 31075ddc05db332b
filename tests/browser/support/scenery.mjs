/** A server, a browser and its pages; one test is one scene. */

import assert from "node:assert/strict";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { SOON } from "./eventually.mjs";
import { Proxy } from "./proxy.mjs";

const EXECUTABLE = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Without these Chromium calls its maker's hosts at every start, which a closed network answers slowly. */
const QUIET = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** What the browser's console says when a request finds no server: expected where a test takes the server away, and nowhere else. */
const NO_SERVER = /^(Failed to load resource: net::ERR_|WebSocket connection to '[^']*' failed: )/;

/** What it says when a service refuses because somebody else was faster: expected where a test is about that. */
const REFUSED = /^Failed to load resource: the server responded with a status of 409 /;

/** @typedef {"sse" | "websocket"} Transport */

/** @type {import("playwright-core").Browser | undefined} */
let browser;

// Playwright gives each launch a user data directory of its own, and removes it.
before(async () => {
  browser = await chromium.launch({ executablePath: EXECUTABLE, headless: true, chromiumSandbox: false, args: QUIET });
});
after(async () => {
  await browser?.close();
});

/**
 * What a scene has at hand.
 *
 * @template {import("./service.mjs").Service} Server
 */
export class Scenery {
  /** @type {import("playwright-core").BrowserContext[]} */
  #contexts = [];
  /** @type {Proxy[]} */
  #proxies = [];
  /** @type {string[]} */
  #problems = [];
  /** How the pages' frames travelled so far. */
  travelled = { sse: 0, websocket: 0 };

  /**
   * @param {Server} server
   * @param {Transport} [transport] - What the pages are told to use; their own choice if it is left out.
   */
  constructor(server, transport) {
    this.server = server;
    this.transport = transport;
  }

  /**
   * A page with nothing remembered, whose errors count.
   *
   * @param {import("playwright-core").BrowserContextOptions} [device]
   */
  async newPage(device = {}) {
    if (browser === undefined) throw new Error("the browser is not there yet");
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...device });
    this.#contexts.push(context);
    return this.newTab(context);
  }

  /**
   * Another tab of a browser that is there already, whose errors count.
   *
   * @param {import("playwright-core").BrowserContext} context
   */
  async newTab(context) {
    const page = await context.newPage();
    page.setDefaultTimeout(SOON);
    page.on("websocket", () => (this.travelled.websocket += 1));
    page.on("request", (request) => (this.travelled.sse += Number(new URL(request.url()).pathname === "/realtime/events")));
    page.on("pageerror", (error) => this.#problems.push(error.stack ?? String(error)));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.#problems.push(message.text());
    });
    return page;
  }

  /** A way to the server that can be cut. */
  async proxy() {
    const proxy = await Proxy.start(() => this.server.port);
    this.#proxies.push(proxy);
    return proxy;
  }

  /** @param {{ serverMayBeAway: boolean, mayBeRefused: boolean }} expected */
  assertNoProblems({ serverMayBeAway, mayBeRefused }) {
    const unexpected = this.#problems.filter((text) => !(serverMayBeAway && NO_SERVER.test(text)) && !(mayBeRefused && REFUSED.test(text)));
    assert.deepEqual(unexpected, [], "a page reported errors");
  }

  /** The pages used what they were told to, and nothing else. */
  assertTransport() {
    const { transport, travelled } = this;
    if (transport === undefined) return;
    assert.ok(travelled[transport] > 0, `nothing travelled over ${transport}`);
    assert.equal(travelled[transport === "sse" ? "websocket" : "sse"], 0, `something did not travel over ${transport}`);
  }

  /**
   * Keeps what the pages look like now.
   *
   * @param {string} name
   */
  async photograph(name) {
    const folder = await mkdtemp(join(tmpdir(), "tidewire-screenshots-"));
    const pages = this.#contexts.flatMap((context) => context.pages());
    for (const [at, page] of pages.entries()) {
      const path = join(folder, `${name.replaceAll(/[^a-z0-9]+/gi, "-").slice(0, 80)}-${at + 1}.png`);
      await page.screenshot({ path, timeout: SOON }).then(
        () => console.log(`screenshot: ${path}`),
        (error) => console.log(`no screenshot: ${error.message}`),
      );
    }
    for (const text of this.#problems) console.log(`page: ${text}`);
    if (this.server.log !== "") console.log(`server: ${this.server.log}`);
  }

  async end() {
    for (const context of this.#contexts) await context.close();
    for (const proxy of this.#proxies) await proxy.stop();
    await this.server.kill();
  }
}

/**
 * A test with a server of its own. It fails when a page reports an error, too.
 *
 * @template {Scenery<any>} S
 * @param {string} name
 * @param {() => Promise<S>} build
 * @param {(scenery: S) => Promise<void>} play
 * @param {{ serverMayBeAway?: boolean, mayBeRefused?: boolean }} [options]
 */
export function perform(name, build, play, { serverMayBeAway = false, mayBeRefused = false } = {}) {
  test(name, async () => {
    const scenery = await build();
    try {
      await play(scenery);
      scenery.assertNoProblems({ serverMayBeAway, mayBeRefused });
      scenery.assertTransport();
    } catch (error) {
      await scenery.photograph(name);
      throw error;
    } finally {
      await scenery.end();
    }
  });
}
