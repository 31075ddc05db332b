/** Pages of React and of Svelte on a development server of Vite's, whose components somebody edits while messages come. */

import assert from "node:assert/strict";
import { mkdtemp, readFile, realpath, rm, symlink, mkdir, copyFile, readdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { eventually } from "./support/eventually.mjs";
import { scene } from "./support/stage.mjs";

const repository = fileURLToPath(new URL("../..", import.meta.url));
/** Vite, its plugins and the frameworks are those that the client runtime is tested with. */
const require = createRequire(`${repository}/codegen/client/package.json`);
const load = (/** @type {string} */ name) => import(pathToFileURL(require.resolve(name)).href);

/** How often a component is edited, and how many messages come meanwhile at least. */
const EDITS = 5;
const MESSAGES = 40;

/** How long a development server may take until it has made its first page, in milliseconds: it bundles the framework before. */
const BUNDLING = 90_000;

/**
 * A copy of the pages that somebody may edit, served as `vite` serves a project, with the chat behind it.
 *
 * @param {string} entry
 * @param {string} service - Where the chat is.
 */
async function developing(entry, service) {
  const root = await realpath(await mkdtemp(join(tmpdir(), "tidewire-vite.")));
  const [{ createServer }, { svelte }, { default: react }] = await Promise.all(["vite", "@sveltejs/vite-plugin-svelte", "@vitejs/plugin-react"].map(load));
  const pages = join(root, "tests/browser/pages");
  await mkdir(pages, { recursive: true });
  const originals = fileURLToPath(new URL("pages", import.meta.url));
  for (const name of await readdir(originals)) await copyFile(join(originals, name), join(pages, name));
  await symlink(join(repository, "codegen/client/node_modules"), join(root, "node_modules"));
  await symlink(join(repository, "examples"), join(root, "examples"));
  await writeFile(join(root, "index.html"), `<!doctype html><link rel="icon" href="data:,"><div id="page"></div><script type="module" src="/tests/browser/pages/${entry}"></script>`);
  const server = await createServer({
    ...{ root, configFile: false, logLevel: "error", cacheDir: join(root, "cache") },
    plugins: [svelte({ configFile: false }), react()],
    resolve: { dedupe: ["react", "react-dom", "svelte"] },
    // What is found later makes the page load anew.
    optimizeDeps: { entries: [], include: ["react", "react-dom/client", "react/jsx-runtime", "react/jsx-dev-runtime"] },
    server: { host: "127.0.0.1", port: 0, fs: { allow: [root, repository] }, proxy: { "/realtime": { target: service, ws: true } } },
  });
  await server.listen();
  return {
    origin: server.resolvedUrls.local[0].replace(/\/$/, ""),
    /** Edits a page's file. */
    async edit(/** @type {string} */ name, /** @type {(before: string) => string} */ change) {
      const path = join(pages, name);
      const before = await readFile(path, "utf8");
      const after = change(before);
      assert.notEqual(after, before, "the edit changes something");
      await writeFile(path, after);
    },
    async end() {
      await server.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

for (const [framework, entry, component] of /** @type {const} */ ([["React in StrictMode", "react.jsx", "Room.jsx"], ["Svelte", "svelte.js", "Room.svelte"]])) {
  scene(`a component of ${framework} is edited while messages come, and the page goes on over the same connection`, async (stage) => {
    const { chat } = stage;
    const vite = await developing(entry, chat.origin);
    try {
      const page = await stage.newPage({});
      await chat.signIn(page.context(), "reader");
      const sent = { connections: 0, closed: 0, subscribe: 0, unsubscribe: 0 };
      page.on("websocket", (socket) => {
        if (!new URL(socket.url()).pathname.startsWith("/realtime/")) return;
        sent.connections += 1;
        socket.on("close", () => (sent.closed += 1));
        socket.on("framesent", ({ payload }) => {
          const { type, channel } = JSON.parse(String(payload));
          if (channel === "chat/lobby" && (type === "subscribe" || type === "unsubscribe")) sent[/** @type {"subscribe" | "unsubscribe"} */ (type)] += 1;
        });
      });
      const button = (/** @type {string} */ text) => eventually(async () => assert.equal(await page.locator("#say").textContent(), text));
      const heard = () => page.evaluate(() => /** @type {{ heard?: string[] }} */ (globalThis).heard ?? []);

      await page.goto(vite.origin, { waitUntil: "commit", timeout: BUNDLING });
      await page.locator("#status", { hasText: "connected" }).waitFor({ timeout: BUNDLING });
      await page.evaluate(() => Object.assign(globalThis, { isTheSamePage: true }));

      // Messages come one after another until the last edit is there.
      /** @type {string[]} */
      const said = [];
      let isEditing = true;
      const saying = (async () => {
        while (isEditing || said.length < MESSAGES) {
          const text = `${said.length + 1}`;
          said.push(`chat/lobby: ${text}`);
          await chat.say("lobby", "bob", text);
        }
      })();
      for (let edit = 1; edit <= EDITS; edit += 1) {
        await vite.edit(component, (before) => before.replace(/>say [^<]*<\/button>/, `>say ${edit}</button>`));
        await button(`say ${edit}`);
      }
      isEditing = false;
      await saying;

      await eventually(async () => assert.equal((await heard()).at(-1), said.at(-1)));
      assert.deepEqual(await heard(), said, "each of them once, in order");
      assert.equal(await page.evaluate(() => Reflect.get(globalThis, "isTheSamePage")), true, "the module was replaced, and not the page");
      assert.deepEqual(sent, { connections: 1, closed: 0, subscribe: 0, unsubscribe: 0 }, "one connection, which was opened for the channel, and never left it");

      // The component that is there now is the only one that listens: without it nobody wants the connection.
      await page.locator("#toggle").click();
      await eventually(() => assert.equal(sent.closed, 1));
      assert.equal(sent.connections, 1);
    } finally {
      await vite.end();
    }
  });
}
