/** Pages of React and of Svelte, built with Vite as an application's are, in front of the chat. */

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { eventually } from "./support/eventually.mjs";
import { scene } from "./support/stage.mjs";

/** Vite, and the frameworks, are those that the client runtime is tested with. */
const root = fileURLToPath(new URL("../../codegen/client", import.meta.url));
const require = createRequire(`${root}/package.json`);

/**
 * The script of a page.
 *
 * @param {string} entry
 * @returns {Promise<string>}
 */
async function built(entry) {
  const load = (/** @type {string} */ name) => import(pathToFileURL(require.resolve(name)).href);
  const [{ build }, { svelte }] = await Promise.all([load("vite"), load("@sveltejs/vite-plugin-svelte")]);
  const result = await build({
    ...{ root, configFile: false, logLevel: "error", mode: "production" },
    plugins: [svelte({ configFile: false })],
    // The generated client is outside of the folder that has the frameworks.
    resolve: { dedupe: ["react", "react-dom", "svelte"] },
    build: { write: false, rollupOptions: { input: fileURLToPath(new URL(`pages/${entry}`, import.meta.url)) } },
  });
  const [{ output }] = [result].flat();
  return output[0].code;
}

for (const [framework, entry] of /** @type {const} */ ([["React in StrictMode", "react.jsx"], ["Svelte", "svelte.js"]])) {
  scene(`a page of ${framework} follows a room, and another one, over one connection`, async (stage) => {
    const { chat } = stage;
    const script = await built(entry);
    const page = await stage.newPage({});
    await page.route("**/favicon.ico", (route) => route.fulfill({ status: 204 }));
    await chat.signIn(page.context(), "reader");
    let connections = 0;
    page.on("websocket", () => (connections += 1));
    const texts = () => page.locator("#texts li").allTextContents();
    const shows = (/** @type {string} */ name) => eventually(async () => assert.deepEqual([await page.locator("#status").textContent(), await page.locator("#name").textContent()], ["connected", `chat/${name}`]));

    // A document of the server's own: from one that a test makes up Chromium lets nothing connect to this machine.
    await page.goto(`${chat.origin}/realtime/contract.json`);
    await page.evaluate(() => (document.body.innerHTML = `<div id="page"></div>`));
    await page.addScriptTag({ type: "module", content: script });
    await shows("lobby");
    await chat.say("lobby", "bob", "one");
    await eventually(async () => assert.deepEqual(await texts(), ["chat/lobby: one"]));

    await page.locator("#switch").click();
    await shows("tea");
    await chat.say("lobby", "bob", "not for this room");
    await chat.say("tea", "bob", "two");
    await eventually(async () => assert.deepEqual(await texts(), ["chat/lobby: one", "chat/tea: two"]));

    // Away and back at once, as a hot reload does it.
    await page.evaluate(() => {
      const toggle = /** @type {HTMLElement} */ (document.querySelector("#toggle"));
      toggle.click();
      setTimeout(() => toggle.click(), 10);
    });
    await eventually(async () => assert.deepEqual(await texts(), []));
    await shows("tea");
    await chat.say("tea", "bob", "three");
    await eventually(async () => assert.deepEqual(await texts(), ["chat/tea: three"]));
    await page.locator("#say").click();
    await eventually(async () => assert.equal((await texts()).length, 2));
    assert.equal(connections, 1);
  });
}
