import { beforeEach, describe, expect, test } from "vitest";
import { exchange, openingOf } from "../src/exchange.js";
import { presences } from "../src/presence.js";
import { type TestServer, testServerFactory } from "../src/testing.js";
import { type Channels, type ConnectionTypes, contract } from "./generated/contract.js";
import { outcome, settled } from "./room.js";

const createTestServer = testServerFactory(contract, { extensions: [exchange, presences], openingOf });
const params = { roomId: "42" };

let server: TestServer<Channels, ConnectionTypes>;
beforeEach(() => {
  server = createTestServer();
});

/** Lets the server and the client say all they have to. */
async function advance(milliseconds?: number): Promise<void> {
  server.advance(milliseconds);
  await settled();
  server.advance(0);
  await settled();
  server.advance(0);
}

describe("sign-in", () => {
  test("makes the user of the token the sender, and replaces the token while connected", async () => {
    let asked = 0;
    const client = server.client({
      token: () => {
        asked += 1;
        return server.token("ann", 60);
      },
    });
    const senders: (string | null)[] = [];
    client.channel("chat/{roomId}", params).on("message.sent", (_, { sender }) => senders.push(sender));
    await advance();
    await advance();
    expect([client.user, server.connections[0]?.user]).toEqual(["ann", "ann"]);
    const said = client.channel("chat/{roomId}", params).publish("message.sent", { author: "ann", text: "hi" });
    await advance();
    await said;
    expect(senders).toEqual(["ann"]);
    for (let second = 0; second < 300; second += 1) await advance(1000);
    expect(asked).toBeGreaterThan(4);
    expect(client.status.get().status).toBe("connected");
    expect(server.connections).toHaveLength(1);
    client.close();
  });

  test("with a token of nobody's is refused, and an expired one brings another attempt", async () => {
    const stranger = server.client({ token: () => "made up" });
    stranger.connect();
    await advance();
    await advance();
    expect(stranger.status.get()).toMatchObject({ status: "closed", reason: { name: "invalid_token" } });
    const old = server.token("ann", 0);
    const tokens = [old, server.token("ann", 60)];
    const late = server.client({ token: () => tokens.shift() ?? old });
    late.connect();
    await advance();
    await advance();
    await advance();
    expect(late.user).toBe("ann");
    late.close();
  });
});

describe("revocation", () => {
  test("of one user on one channel is told to them alone, holds while it lasts, and is taken back", async () => {
    const [ann, bob] = [server.client({ user: "ann" }), server.client({ user: "bob" })];
    const told: string[] = [];
    for (const client of [ann, bob]) client.onRevoked(({ channel }) => told.push(`${client.user} ${channel}`));
    for (const client of [ann, bob]) client.channel("chat/{roomId}", params).on("message.sent", () => undefined);
    await advance();
    server.revoke({ user: "ann", channel: "chat/42", seconds: 60 });
    expect(told).toEqual(["ann chat/42"]);
    const late = outcome(ann.channel("chat/{roomId}", params).publish("message.sent", { author: "ann", text: "hi" }));
    await advance();
    expect(await late).toMatchObject({ reason: "revoked" });
    ann.channel("chat/{roomId}", params).retry();
    await advance();
    expect(server.channel("chat/{roomId}", params).subscribers).toBe(1);
    server.restore({ user: "ann", channel: "chat/42" });
    ann.channel("chat/{roomId}", params).retry();
    await advance();
    expect(server.channel("chat/{roomId}", params).subscribers).toBe(2);
    ann.close();
    bob.close();
  });

  test("of everything ends the connection", async () => {
    const client = server.client({ user: "ann" });
    let told = 0;
    client.onAllRevoked(() => (told += 1));
    client.connect();
    await advance();
    server.revoke({ user: "ann" });
    expect([client.status.get().status, told, server.connections.length]).toEqual(["closed", 1, 0]);
  });
});

describe("presence", () => {
  test("is seen by others, changes, and goes some time after its owner", async () => {
    const [ann, bob] = [server.client({ user: "ann" }), server.client({ user: "bob" })];
    const room = server.channel("chat/{roomId}", params);
    const presence = ann.channel("chat/{roomId}", params).presence();
    presence.subscribe(() => undefined);
    const shown = bob.channel("chat/{roomId}", params).presence().set({ name: "Bob" });
    await advance();
    await shown;
    expect(presence.members.map(({ id, state }) => [id, state])).toEqual([["bob", { name: "Bob" }]]);
    room.join("cid", { name: "Cid", typing: true });
    expect(presence.memberIds).toEqual(["bob", "cid"]);
    expect(() => room.join("cid", { name: "" })).toThrow(/violates the contract/);
    room.leave("cid");
    expect(room.members.map(({ id }) => id)).toEqual(["bob"]);
    server.disconnect();
    for (let second = 0; second < 5; second += 1) await advance(1000);
    expect(presence.memberIds).toEqual(["bob"]);
    bob.close();
    await advance(11_000);
    expect(presence.members).toEqual([]);
    ann.close();
  });
});

describe("calls and greetings", () => {
  test("go both ways", async () => {
    server.onCall("board.rename", ({ title }, { user }) => ({ title: `${title} by ${user ?? "nobody"}` }));
    server.greet({ motd: "hello" });
    const client = server.client({ user: "ann" });
    const renamed = client.call("board.rename", { title: "Plans" });
    const unknown = outcome(client.call("ping"));
    client.onCall("confirm", ({ text }) => text === "sure?");
    await advance();
    await advance();
    expect(await renamed).toEqual({ title: "Plans by ann" });
    expect(await unknown).toMatchObject({ reason: "unknown_call" });
    expect(client.greeting).toEqual({ motd: "hello" });
    const answer = server.connections[0]?.call("confirm", { text: "sure?" });
    await advance();
    expect(await answer).toBe(true);
    client.close();
  });

  test("and the service subscribes a client by itself", async () => {
    const client = server.client({ user: "ann" });
    client.connect();
    await advance();
    server.connections[0]?.subscribe("chat/42");
    expect(client.channels).toEqual([{ name: "chat/42", by: "server" }]);
    const seen: string[] = [];
    client.channel("chat/{roomId}", params).on("message.sent", ({ text }) => seen.push(text));
    server.channel("chat/{roomId}", params).publish("message.sent", { author: "bob", text: "hi" });
    expect(seen).toEqual(["hi"]);
    server.connections[0]?.unsubscribe("chat/42");
    client.close();
  });
});
