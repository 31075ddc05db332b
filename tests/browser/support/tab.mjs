/** Tabs of one browser whose clients share a connection: pages of the chat's origin with nothing but a client. */

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { eventually, RECOVERY } from "./eventually.mjs";

/** The contract as it was generated for the chat, and the client runtime as it is built now. */
const CONTRACT = fileURLToPath(new URL("../../../examples/chat/web/realtime/contract.js", import.meta.url));
const RUNTIME = fileURLToPath(new URL("../../../codegen/client/dist/", import.meta.url));

const javascript = { contentType: "text/javascript" };

/**
 * @typedef {{ seen: string[], gaps: string[], status: string, client: { close(): void, status: { get(): { status: string } }, channel(...given: unknown[]): any } }} Inside - What a tab keeps for the test.
 */

/** One tab. */
export class Tab {
  /** @param {import("playwright-core").Page} page */
  constructor(page) {
    this.page = page;
  }

  /**
   * Opens a tab in which a client subscribes to a room.
   *
   * @param {import("./stage.mjs").Stage} stage
   * @param {import("playwright-core").BrowserContext} context
   * @param {{ room: string, origin?: string, transport?: string, before?: string }} options - `before`: a script that runs before any other.
   */
  static async open(stage, context, { room, origin = stage.chat.origin, transport = "auto", before = "" }) {
    const page = await stage.newTab(context);
    await page.route("**/tabs/**", async (route) => {
      const path = new URL(route.request().url()).pathname.replace("/tabs/", "");
      const file = path === "contract.js" ? CONTRACT : RUNTIME + path.replace("runtime/", "");
      return route.fulfill({ ...javascript, body: await readFile(file, "utf8") });
    });
    await stage.chat.signIn(context, "tab");
    await page.addInitScript(before);
    // The chat's own page without its script: a page that a test makes up may not reach a server on this machine.
    await page.route("**/app.js", (route) => route.fulfill({ ...javascript, body: "" }));
    await page.goto(`${origin}/`);
    await page.evaluate(
      async ([name, way]) => {
        const path = "/tabs/";
        const { clientFactory, sharedTabs } = await import(`${path}runtime/index.js`);
        const { contract } = await import(`${path}contract.js`);
        const client = clientFactory(contract)({ url: "/realtime", transport: way, tabs: sharedTabs() });
        /** @type {string[]} */
        const seen = [];
        /** @type {string[]} */
        const gaps = [];
        const channel = client.channel("chat/{room}", { room: name });
        channel.on("message.sent", (/** @type {{ text: string }} */ { text }, /** @type {{ self: boolean }} */ { self }) => seen.push(`${text}${self ? ", and is me" : ""}`));
        channel.onGap((/** @type {{ reason: string }} */ { reason }) => gaps.push(reason));
        Object.assign(globalThis, { inside: { client, seen, gaps } });
      },
      [room, transport],
    );
    const tab = new Tab(page);
    await tab.connected();
    return tab;
  }

  /** What it has seen so far, and the gaps that it was told of. */
  inside() {
    return this.page.evaluate(() => {
      const { client, seen, gaps } = /** @type {{ inside: Inside }} */ (/** @type {unknown} */ (globalThis)).inside;
      return { seen, gaps, status: client.status.get().status };
    });
  }

  async connected() {
    await eventually(async () => {
      const { status } = await this.inside();
      if (status !== "connected") throw new Error(`the tab is ${status}`);
    }, RECOVERY);
  }

  /**
   * Publishes a message, as the page does.
   *
   * @param {string} room
   * @param {string} text
   */
  async say(room, text) {
    await this.page.evaluate(
      async ([name, said]) => {
        const { client } = /** @type {{ inside: Inside }} */ (/** @type {unknown} */ (globalThis)).inside;
        await client.channel("chat/{room}", { room: name }).publish("message.sent", { text: said });
      },
      [room, text],
    );
  }

  /** Stops everything that runs in it, as a browser does with a tab that nobody looks at. The answer lets it go on. */
  async freeze() {
    const devtools = await this.page.context().newCDPSession(this.page);
    await devtools.send("Debugger.enable");
    await devtools.send("Debugger.pause");
    return async () => {
      await devtools.send("Debugger.disable");
      await devtools.detach();
    };
  }

  /** Whether it is the one that has the connection: of a group's locks, it holds the one without a tab's name. */
  leads() {
    return this.page.evaluate(async () => {
      const { held = [] } = await navigator.locks.query();
      const group = held.find(({ name }) => name?.startsWith("tidewire ") && name.endsWith(" "));

      // A lock of this tab alone tells which client id is its own.
      const own = /** @type {{ me?: string }} */ (globalThis);
      own.me ??= (await new Promise((resolve) => void navigator.locks.request(`probe ${Math.random()}`, async (lock) => {
        const { held: now = [] } = await navigator.locks.query();
        resolve(now.find(({ name }) => name === lock?.name)?.clientId ?? "");
      })));
      return group?.clientId === own.me;
    });
  }
}
