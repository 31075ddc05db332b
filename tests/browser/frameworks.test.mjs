/** Pages of React and of Svelte, built with Vite as an application's are, in front of the chat. */

import assert from "node:assert/strict";
import { built } from "./support/built.mjs";
import { eventually } from "./support/eventually.mjs";
import { scene } from "./support/stage.mjs";

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
