import assert from "node:assert/strict";
import { createHmac, createSign, generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { claims, connect, forged, listen, say, startNodes, token, TRANSPORTS, until } from "./guarded.mjs";

const nodes = await startNodes();
const [here, there] = nodes;
const HS256 = { alg: "HS256", typ: "JWT" };

/** What a request with a token gets: the status, and the error. */
async function verdict(/** @type {{ origin: string }} */ { origin }, /** @type {string} */ good, path = "/realtime/events?channel=room/a") {
  const controller = new AbortController();
  const answer = await fetch(origin + path, { headers: good === "" ? { origin } : { authorization: `Bearer ${good}` }, signal: controller.signal });
  const error = answer.ok ? undefined : (await answer.json()).error;
  controller.abort();
  return { status: answer.status, code: error?.code, name: error?.name, message: error?.message };
}

for (const transport of TRANSPORTS) {
  test(`a token is replaced while connected, and no event is lost (${transport})`, async (context) => {
    let [signed, sent] = [0, 0];
    const client = connect(context, here, { transport, token: () => ((signed += 1), token("ann", { seconds: 3 })) });
    const { texts } = await listen(client, transport);
    const id = client.connectionId;
    /** @type {Set<string>} */
    const statuses = new Set();
    client.status.subscribe(() => statuses.add(client.status.get().status));
    for (const end = Date.now() + 9000; Date.now() < end; await pause(15)) await say(sent % 2 === 0 ? here : there, `${(sent += 1)}`, transport);
    await until(() => texts.length >= sent, `${sent} events, of which ${texts.length} came`);
    assert.deepEqual(texts, Array.from({ length: sent }, (_, at) => `${at + 1}`));
    assert.deepEqual([client.connectionId, [...statuses]], [id, []], "it is the same connection, and never anything but connected");
    assert.ok(signed >= 3, `it asked for ${signed} tokens`);
  });

  test(`a connection whose token nobody replaces ends with it, and comes back with the next (${transport})`, async (context) => {
    const first = await token("ann", { seconds: 2 });
    let next = /** @type {string | undefined} */ (undefined);
    const client = connect(context, there, { transport, token: () => next ?? first });
    const { texts } = await listen(client, `end-${transport}`);
    await until(() => client.status.get().status !== "connected", "the end");
    await say(here, "missed", `end-${transport}`);
    next = await token("ann");
    await until(() => texts.length === 1, "what was missed");
    assert.deepEqual(texts, ["missed"]);
  });

  test(`a token of somebody else changes nothing (${transport})`, async (context) => {
    const first = await token("ann", { seconds: 3 });
    const bobs = await token("bob");
    let asked = 0;
    const client = connect(context, here, { transport, token: () => ((asked += 1) === 1 ? first : bobs) });
    const { texts } = await listen(client, `bob-${transport}`);
    const room = client.channel("room/{id}", { id: `bob-${transport}` });
    await until(() => asked > 1, "another token");
    await pause(100);
    assert.equal(client.user, "ann");
    await room.publish("said", { text: "as ann" });
    await until(() => texts.length === 1, "the event");
    const { events } = await here.server.channel("room/{id}", { id: `bob-${transport}` }).history();
    assert.equal(events[0].meta.sender, "ann");
  });
}

test("a token that is expired, forged, for somebody else or signed in another way gets one code, and no word of which", async (context) => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  const past = Math.floor(Date.now() / 1000) - 3600;
  const { aud: _, ...audienceless } = claims();
  const good = forged(HS256, claims());
  const bad = {
    none: forged({ alg: "none" }, claims(), () => Buffer.alloc(0)),
    "None, in other letters": forged({ alg: "nOnE" }, claims(), () => Buffer.alloc(0)),
    "an unsigned HS256": forged(HS256, claims(), () => Buffer.alloc(0)),
    RS256: forged({ alg: "RS256", typ: "JWT" }, claims(), (text) => createSign("sha256").update(text).sign(privateKey)),
    "HS256 with a public key": forged(HS256, claims(), (text) => createHmac("sha256", pem).update(text).digest()),
    "RS256 that is HS256": forged({ alg: "RS256", typ: "JWT" }, claims()),
    HS512: forged({ alg: "HS512" }, claims()),
    "another secret": forged(HS256, claims(), (text) => createHmac("sha256", "x".repeat(40)).update(text).digest()),
    "no audience": forged(HS256, audienceless),
    "another audience": forged(HS256, claims({ aud: "billing" })),
    "another issuer": forged(HS256, claims({ iss: "evil" })),
    "the future": forged(HS256, claims({ iat: past + 7200, exp: past + 9000 })),
    "other claims under the same signature": [...good.split(".").with(1, Buffer.from(JSON.stringify(claims({ sub: "root" }))).toString("base64url"))].join("."),
    "more after it": `${good}.x`,
    "a ticket in a header": await token("ann", { ticket: true }),
    nothing: "x",
  };
  assert.equal((await verdict(here, good)).status, 200);
  const messages = new Set();
  for (const [what, text] of Object.entries(bad)) {
    for (const node of nodes) {
      const { message, ...rest } = await verdict(node, text);
      assert.deepEqual(rest, { status: 401, code: 4016, name: "invalid_token" }, what);
      messages.add(message);
    }
  }
  assert.equal(messages.size, 1, [...messages].join("\n"));
  const expired = forged(HS256, claims({ iat: past, exp: past + 60 }));
  assert.equal((await verdict(here, expired)).name, "token_expired");
  assert.equal((await verdict(here, "")).name, "unauthenticated");
  // The client says it, too, and does not try for ever.
  for (const transport of TRANSPORTS) {
    const client = connect(context, here, { transport, token: () => bad.none });
    client.channel("room/{id}", { id: "a" }).on("said", () => assert.fail("nobody is let in"));
    await until(() => client.status.get().status === "closed", `the end of ${transport}: ${JSON.stringify(client.status.get())}`);
    assert.equal(client.status.get().reason.name, "invalid_token");
  }
});

test("a ticket opens one connection on whichever node, and a token in a URL none", async () => {
  for (const [first, second] of /** @type {const} */ ([[here, there], [there, there]])) {
    const ticket = await token("ann", { ticket: true });
    const path = `/realtime/events?channel=room/a&ticket=${ticket}`;
    assert.equal((await verdict(first, "", path)).status, 200);
    assert.deepEqual((await verdict(second, "", path)).name, "invalid_token");
  }
  assert.equal((await verdict(here, "", `/realtime/events?channel=room/a&ticket=${await token("ann")}`)).name, "invalid_token");
});
