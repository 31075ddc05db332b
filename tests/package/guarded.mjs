/** The service of `tests/guarded`, and clients of the package that was generated for it. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { generate, root, temporaryFolder } from "./support.mjs";

const SERVER = process.env.GUARDED_BIN ?? join(root, "target/debug/examples/guarded");
export const SECRET = "a secret of more than thirty-two bytes";
const KEY = "the key of the services, which is long enough";

const folder = temporaryFolder();
generate(["--rust", join(root, "tests/guarded/events.rs"), "--out", join(folder, "client")]);

/** Where the generated package is, for programs of their own. */
export const PACKAGE = join(folder, "client");
// Node has one of its own from version 22 on.
globalThis.WebSocket ??= createRequire(join(root, "codegen/client/package.json"))("ws").WebSocket;
export const { createClient } = await import(pathToFileURL(join(PACKAGE, "index.js")).href);
const { createServer, createAuthHandler } = await import(pathToFileURL(join(PACKAGE, "server.js")).href);

/** How frames may travel. */
export const TRANSPORTS = ["sse", "websocket"];

/** Waits until something holds. */
export async function until(/** @type {() => boolean | Promise<boolean>} */ condition, /** @type {string} */ what, deadline = 20_000) {
  for (const end = Date.now() + deadline; !(await condition()); await pause(10)) assert.ok(Date.now() < end, `it did not come to pass: ${what}`);
}

/** Starts the two nodes; with each, what another service may do there. They end with the tests. */
export async function startNodes() {
  const child = spawn(SERVER, { env: { ...process.env, SECRET, SERVICE_KEY: KEY }, stdio: ["ignore", "pipe", "inherit"] });
  after(() => child.kill("SIGKILL"));
  const [line] = await once(createInterface(child.stdout), "line");
  const origins = String(line).replace("listening on ", "").split(" ");
  const [here, there] = origins.map((origin) => ({ origin, server: createServer({ url: `${origin}/realtime`, key: KEY }) }));
  assert.ok(here !== undefined && there !== undefined, String(line));
  return /** @type {const} */ ([here, there]);
}

/** What ann gets unless a test says otherwise. */
const RIGHTS = { subscribe: ["room/{id}"], publish: ["room/{id}"] };

/**
 * Asks the route that an application would have for a token, with the user in a header.
 *
 * @param {string | undefined} user
 * @param {{ seconds?: number, ticket?: boolean, rights?: object }} [options]
 * @returns {Promise<string>}
 */
export async function token(user, { seconds = 3600, ticket = false, rights = RIGHTS } = {}) {
  const handler = createAuthHandler({ secret: SECRET, issuer: "acme", audience: "guarded", seconds, authorize: () => ({ user, ...rights }) });
  const answer = await handler(new Request("https://app.test/auth", { method: "POST", body: ticket ? `{"ticket":true}` : "" }));
  return (await answer.json()).token;
}

/** A token that is made by hand, of anything. */
export function forged(/** @type {object} */ header, /** @type {object} */ claims, sign = (/** @type {string} */ text) => createHmac("sha256", SECRET).update(text).digest()) {
  const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  return `${text}.${sign(text).toString("base64url")}`;
}

/** Good claims, to be changed. */
export function claims(changed = {}) {
  const iat = Math.floor(Date.now() / 1000);
  return { iss: "acme", aud: "guarded", iat, exp: iat + 600, sub: "ann", grant: RIGHTS, jti: randomBytes(8).toString("hex"), ...changed };
}

/**
 * A client of one node that is closed with the test.
 *
 * @param {import("node:test").TestContext} context
 * @param {{ origin: string }} node
 * @param {Record<string, unknown>} options
 */
export function connect(context, { origin }, options) {
  const client = createClient({ url: `${origin}/realtime`, ...options });
  context.after(() => client.close());
  return client;
}

/** Listens in a room, and waits until that is so. */
export async function listen(/** @type {any} */ client, id = "a") {
  const room = client.channel("room/{id}", { id });
  /** @type {string[]} */
  const texts = [];
  let subscriptions = 0;
  room.onSubscribed(() => (subscriptions += 1));
  room.on("said", (/** @type {{ text: string }} */ { text }) => texts.push(text));
  await until(() => subscriptions > 0, "the subscription");
  return { room, texts };
}

/** Publishes as another service does. */
export const say = (/** @type {{ server: any }} */ { server }, /** @type {string} */ text, id = "a") => server.channel("room/{id}", { id }).publish("said", { text });
