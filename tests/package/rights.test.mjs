import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { Proxy } from "../browser/support/proxy.mjs";
import { connect, listen, PACKAGE, say, startNodes, token, TRANSPORTS, until } from "./guarded.mjs";

const nodes = await startNodes();
const [here, there] = nodes;
/** How long a lost connection stays present, in milliseconds. */
const GRACE = 10_000;

/** @param {Promise<unknown>} promise */
const outcome = (promise) => promise.then(() => "done", (error) => error.reason ?? String(error));
const roster = async (/** @type {{ origin: string }} */ { origin }, /** @type {string} */ room) => (await fetch(`${origin}/roster/${room}`)).text();

/** A client of a user that writes down what it is told. */
function told(/** @type {import("node:test").TestContext} */ context, /** @type {any} */ node, /** @type {string} */ user, options = {}) {
  /** @type {string[]} */
  const news = [];
  const client = connect(context, node, { token: () => token(user), ...options });
  client.onRevoked((/** @type {{ channel: string }} */ { channel }) => news.push(`revoked ${channel}`));
  client.onAllRevoked(() => news.push("all revoked"));
  return { client, news };
}

for (const transport of TRANSPORTS) {
  const room = (/** @type {string} */ name) => `${name}-${transport}`;

  test(`one user loses one channel on both nodes, after what was published before, and nothing else (${transport})`, async (context) => {
    const [a, b] = [room("one"), room("other")];
    const clients = [told(context, here, "eve", { transport }), told(context, there, "eve", { transport }), told(context, there, "fay", { transport })];
    const rooms = await Promise.all(clients.map(async ({ client }) => ({ a: await listen(client, a), b: await listen(client, b) })));
    for (let at = 0; at < 20; at += 1) await say(here, `${at}`, a);
    await there.server.revoke({ user: "eve", channel: there.server.channel("room/{id}", { id: a }), seconds: 60 });
    await say(here, "after", a);
    await say(here, "after", b);
    await until(() => clients.slice(0, 2).every(({ news }) => news.length === 1), "the news");
    await until(() => rooms[2]?.a.texts.length === 21 && rooms.every(({ b: { texts } }) => texts.length === 1), "what the others get");
    for (const [at, { client, news }] of clients.slice(0, 2).entries()) {
      assert.deepEqual(news, [`revoked room/${a}`]);
      assert.equal(rooms[at]?.a.texts.length, 20, "all that was published before, and nothing after it");
      assert.equal(client.status.get().status, "connected");
      assert.equal(await outcome(rooms[at]?.a.room.publish("said", { text: "still here?" })), "revoked");
    }
    assert.deepEqual(clients[2]?.news, []);
    // Who comes back is refused as long as it lasts.
    const { client } = told(context, here, "eve", { transport });
    let denied = "";
    client.onDenied((/** @type {any} */ { error }) => (denied = error.reason));
    client.channel("room/{id}", { id: a }).on("said", () => assert.fail("it was taken away"));
    await until(() => denied === "revoked", "the refusal");
    await here.server.restore({ user: "eve", channel: `room/${a}` });
    client.channel("room/{id}", { id: a }).retry();
    clients[0]?.client.channel("room/{id}", { id: a }).retry();
    await until(() => rooms[0]?.a.texts.at(-1) === "after", "what was stored meanwhile");
  });

  test(`everything of one user, many at once, and a channel of everybody (${transport})`, async (context) => {
    const [a, b] = [room("x"), room("y")];
    const users = ["gus", "hal", "ida"].map((name) => room(name));
    const clients = users.map((user, at) => told(context, nodes[at % 2], user, { transport }));
    const rooms = await Promise.all(clients.map(({ client }) => Promise.all([listen(client, a), listen(client, b)])));
    await here.server.revoke({ user: users[0], seconds: 60 });
    await until(() => clients[0]?.news.includes("all revoked") === true, "the end of gus");
    assert.equal(clients[0]?.client.status.get().status, "closed");
    const again = told(context, there, users[0] ?? "", { transport }).client;
    again.channel("room/{id}", { id: a }).on("said", () => assert.fail("he is out"));
    await until(() => again.status.get().status === "closed", "the refusal");
    assert.equal(again.status.get().reason.name, "revoked");
    await there.server.revokeBatch([{ user: users[1], channel: `room/${a}`, seconds: 60 }, { user: users[2], channel: `room/${b}`, seconds: 60 }]);
    await until(() => clients.slice(1).every(({ news }) => news.length === 1), "the news of many");
    assert.deepEqual(clients.slice(1).map(({ news }) => news), [[`revoked room/${a}`], [`revoked room/${b}`]]);
    await here.server.revoke({ channel: `room/${a}`, seconds: 60 });
    await until(() => clients[2]?.news.length === 2, "the channel");
    assert.equal(clients[2]?.news[1], `revoked room/${a}`);
    const late = told(context, there, "late", { transport }).client;
    let denied = "";
    late.onDenied((/** @type {any} */ { error }) => (denied = error.reason));
    late.channel("room/{id}", { id: a }).on("said", () => assert.fail("it is closed"));
    await until(() => denied === "revoked", "who joins later");
    await say(here, "still", b);
    await until(() => rooms[1]?.[1].texts.length === 1, "the other channel");
  });

  test(`what waits to be published is discarded when the right is gone, and told (${transport})`, async (context) => {
    const a = room("buffer");
    const proxy = await Proxy.start(() => Number(new URL(here.origin).port));
    context.after(() => proxy.stop());
    const { client } = told(context, proxy, "jan", { transport });
    const { room: mine } = await listen(client, a);
    const { room: other } = await listen(client, room("kept"));
    proxy.goDown();
    const gone = [1, 2, 3].map((at) => outcome(mine.publish("said", { text: `lost ${at}` })));
    const kept = outcome(other.publish("said", { text: "kept" }));
    await there.server.revoke({ user: "jan", channel: `room/${a}`, seconds: 60 });
    proxy.comeBack();
    assert.deepEqual(await Promise.all(gone), ["revoked", "revoked", "revoked"]);
    assert.equal(await kept, "done");
    const { events } = await here.server.channel("room/{id}", { id: a }).history();
    assert.deepEqual(events, []);
  });

  test(`who may only read cannot write or appear, and hears it from the client as from the server (${transport})`, async (context) => {
    const client = connect(context, there, { transport, token: () => token("kim", { rights: { subscribe: ["room/{id}"] } }) });
    const { room: mine } = await listen(client, room("viewer"));
    assert.equal(await outcome(mine.publish("said", { text: "let me" })), "denied");
    assert.equal(await outcome(mine.presence().set({ name: "kim" })), "denied");
    assert.equal(client.status.get().status, "connected");
  });

  test(`calls go both ways, with times that end (${transport})`, async (context) => {
    const client = connect(context, here, { transport, token: () => token("lea") });
    assert.deepEqual({ ...(await client.call("title", { name: "Plans" })) }, { name: "Plans", by: "lea" });
    const refused = await client.call("title", { name: "taken" }).catch((/** @type {any} */ error) => error);
    assert.deepEqual([refused.reason, refused.message], ["call_failed", "this name is taken"]);
    const began = Date.now();
    assert.equal(await outcome(client.call("wait", undefined, { timeout: 300 })), "call_timeout");
    assert.ok(Date.now() - began < 5000);
    assert.throws(() => client.call("title", { name: "" }), /violates the contract/);
    const ask = async (/** @type {{ origin: string }} */ { origin }) => (await fetch(`${origin}/confirm/${client.connectionId}`, { method: "POST" })).text();
    // Nobody listens yet; then somebody does, on whichever node it is asked; then somebody who never answers.
    const keep = client.channel("room/{id}", { id: "calls" }).on("said", () => {});
    await until(() => client.status.get().status === "connected", "the connection");
    assert.match(await ask(here), /answers no call/);
    let off = client.onCall("confirm", async (/** @type {{ question: string }} */ { question }) => ({ yes: question === "sure?" }));
    for (const node of nodes) assert.equal(await ask(node), "yes: true");
    off();
    off = client.onCall("confirm", () => new Promise(() => {}));
    for (const node of nodes) assert.match(await ask(node), /time/);
    off();
    keep();
  });

  test(`presence: who leaves is gone, who drops for a moment was never away (${transport})`, async (context) => {
    const a = room("people");
    const proxy = await Proxy.start(() => Number(new URL(here.origin).port));
    context.after(() => proxy.stop());
    const { client: watcher } = told(context, there, "watcher", { transport });
    const seen = watcher.channel("room/{id}", { id: a }).presence();
    /** @type {string[]} */
    const sights = [];
    seen.subscribe(() => sights.push(seen.memberIds.join(" ")));
    const mia = told(context, proxy, "mia", { transport }).client.channel("room/{id}", { id: a }).presence();
    const tab = told(context, there, "mia", { transport }).client.channel("room/{id}", { id: a }).presence();
    await mia.set({ name: "Mia" });
    await tab.set({ name: "Mia, too" });
    await until(() => seen.member("mia")?.connections === 2, "both tabs");
    assert.equal(await roster(here, a), "mia×2");
    tab.leave();
    await until(() => seen.member("mia")?.connections === 1 && seen.member("mia").state.name === "Mia", "the tab that left");
    const before = sights.length;
    proxy.cut();
    await pause(3000);
    await mia.set({ name: "Mia is back" });
    await until(() => seen.member("mia")?.state.name === "Mia is back", "the new state");
    assert.ok(sights.slice(before).every((ids) => ids === "mia"), sights.join(" | "));
    mia.leave();
    await until(() => seen.memberIds.length === 0, "the end");
    assert.equal(await roster(there, a), "");
  });
}

test("a client that crashes is gone when its grace is over, and not before", async (context) => {
  const { client } = told(context, there, "watcher");
  const seen = client.channel("room/{id}", { id: "crash" }).presence();
  seen.subscribe(() => {});
  const program = `
    import { createClient } from ${JSON.stringify(pathToFileURL(join(PACKAGE, "index.js")).href)};
    const client = createClient({ url: ${JSON.stringify(`${here.origin}/realtime`)}, token: () => ${JSON.stringify(await token("nan"))} });
    const room = client.channel("room/{id}", { id: "crash" });
    await room.presence().set({ name: "typing" });
    console.log("there");
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], { stdio: ["ignore", "pipe", "inherit"] });
  context.after(() => child.kill("SIGKILL"));
  await once(createInterface(child.stdout), "line");
  await until(() => seen.memberIds.includes("nan"), "the member");
  child.kill("SIGKILL");
  const crashed = Date.now();
  await until(() => seen.memberIds.length === 0, "the end of the grace", GRACE + 10_000);
  const took = Date.now() - crashed;
  assert.ok(took > GRACE - 500 && took < GRACE + 5000, `${took} ms`);
});
