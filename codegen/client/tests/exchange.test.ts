import { describe, expect, test } from "vitest";
import { makeClient } from "../src/client.js";
import type { Contract } from "../src/contract.js";
import { object, string } from "../src/checks.js";
import { openingQuery } from "../src/opening.js";
import { type Channels, type ConnectionTypes, contract } from "./generated/contract.js";
import { extras, type Harness, harness } from "./harness.js";
import type { SentFrame } from "./fake-server.js";
import { outcome, settled } from "./room.js";

/** A client that is connected because somebody asked for it. */
function connected(): Harness {
  const parts = harness();
  parts.client.connect();
  parts.settle();
  parts.server.link.welcome();
  return parts;
}

const asked = ({ server }: Harness): readonly SentFrame[] => server.link.frames("call");

describe("a call", () => {
  test("is asked, taken, and answered on the stream", async () => {
    const parts = connected();
    const call = parts.client.call("board.rename", { title: "Plans" });
    const [frame] = asked(parts);
    expect(frame).toEqual({ type: "call", ref: 1, call: "board.rename", data: { title: "Plans" } });
    parts.server.link.ack(frame ?? { type: "", ref: 0 }).send({ type: "reply", ref: 1, data: { title: "PLANS" } });
    expect(await call).toEqual({ title: "PLANS" });
  });

  test("may be answered before it is acknowledged", async () => {
    const parts = connected();
    const call = parts.client.call("ping");
    parts.server.link.send({ type: "reply", ref: 1 }).ack({ type: "call", ref: 1 });
    expect(await call).toBeUndefined();
  });

  test("opens the connection, which goes when it is answered", async () => {
    const parts = harness();
    const call = parts.client.call("ping");
    expect(parts.server.links).toHaveLength(1);
    parts.server.link.welcome().send({ type: "reply", ref: 1 });
    await call;
    expect(parts.server.open).toHaveLength(0);
    expect(parts.clock.armed).toBe(0);
  });

  test("with bad data throws at once; with a bad answer it rejects", async () => {
    const parts = connected();
    expect(() => parts.client.call("board.rename", { title: "" })).toThrow(/`board.rename` violates the contract/);
    expect(asked(parts)).toEqual([]);
    const call = outcome(parts.client.call("board.rename", { title: "x" }));
    parts.server.link.send({ type: "reply", ref: 1, data: { title: 5 } });
    expect(await call).toMatchObject({ name: "PayloadError" });
  });

  test("that fails says why", async () => {
    const parts = connected();
    const call = outcome(parts.client.call("board.rename", { title: "x" }));
    parts.server.link.send({ type: "reply", ref: 1, error: { code: 4018, name: "call_failed", message: "the board is locked" } });
    expect(await call).toMatchObject({ reason: "call_failed", message: "the board is locked" });
    const refused = outcome(parts.client.call("ping"));
    parts.server.link.refuse({ type: "call", ref: 2 }, 4002, "denied");
    expect(await refused).toMatchObject({ reason: "denied" });
  });

  test("waits for as long as it says, and no longer", async () => {
    const parts = connected();
    const [short, long] = [outcome(parts.client.call("ping", undefined, { timeout: 2000 })), outcome(parts.client.call("ping"))];
    parts.clock.pass(2000);
    expect(await short).toMatchObject({ reason: "call_timeout", code: 4105 });
    parts.clock.pass(8000);
    expect(await long).toMatchObject({ reason: "call_timeout" });
    parts.server.link.send({ type: "reply", ref: 1 });
  });

  test("that was never sent is not in doubt, and one that was is", async () => {
    const parts = connected();
    const lost = outcome(parts.client.call("ping"));
    parts.server.link.end();
    expect(await lost).toMatchObject({ reason: "unknown_outcome", code: 4104 });
    const unsent = outcome(parts.client.call("ping", undefined, { timeout: 50 }));
    parts.clock.pass(50);
    expect(await unsent).toMatchObject({ reason: "expired" });
  });

  test("waits for its turn where sixteen are under way", async () => {
    const parts = connected();
    const calls = Array.from({ length: 20 }, () => parts.client.call("ping"));
    expect(asked(parts)).toHaveLength(16);
    for (let ref = 1; ref <= 20; ref += 1) parts.server.link.send({ type: "reply", ref });
    await Promise.all(calls);
    expect(asked(parts)).toHaveLength(20);
  });

  test("waits for its turn where the service is asked too often, and no longer than it says", async () => {
    const parts = connected();
    const first = parts.client.call("ping");
    const second = outcome(parts.client.call("ping", undefined, { timeout: 300 }));
    const [one, two] = asked(parts);
    parts.server.link.refuse(one ?? { type: "", ref: 0 }, 4103, "rate_limited", { retryAfter: 200 });
    parts.server.link.refuse(two ?? { type: "", ref: 0 }, 4103, "rate_limited", { retryAfter: 200 });
    const third = parts.client.call("ping");
    parts.clock.pass(199);
    expect(asked(parts)).toHaveLength(2);
    parts.clock.pass(1);
    expect(asked(parts).map(({ ref }) => ref)).toEqual([1, 2, 3, 4, 5]);
    parts.server.link.send({ type: "reply", ref: 3 }).send({ type: "reply", ref: 5 });
    await Promise.all([first, third]);
    parts.server.link.refuse({ type: "call", ref: 4 }, 4103, "rate_limited", { retryAfter: 5000 });
    parts.clock.pass(100);
    expect(await second).toMatchObject({ reason: "expired" });
    parts.client.close();
    expect(parts.clock.armed).toBe(0);
  });
});

describe("a call of the service's", () => {
  const ask = async (parts: Harness, data: unknown, call = "confirm"): Promise<SentFrame | undefined> => {
    parts.server.link.send({ type: "call", id: "7", call, data, timeout: 5000 });
    await settled();
    return parts.server.link.frames("reply").at(-1);
  };

  test("is answered by the newest handler, which keeps the connection", async () => {
    const parts = harness();
    parts.client.onCall("confirm", () => false);
    const off = parts.client.onCall("confirm", async ({ text }) => text === "sure?");
    parts.server.link.welcome();
    expect(await ask(parts, { text: "sure?" })).toMatchObject({ id: "7", data: true });
    off();
    expect(parts.server.open).toHaveLength(0);
  });

  test("without a handler, with bad data, or one that fails is told so", async () => {
    const parts = connected();
    expect(await ask(parts, { text: "?" })).toMatchObject({ error: { name: "unknown_call" } });
    expect(await ask(parts, {}, "__proto__")).toMatchObject({ error: { name: "unknown_call" } });
    parts.client.onCall("confirm", () => {
      throw new Error("not now");
    });
    expect(await ask(parts, { text: 5 })).toMatchObject({ error: { name: "invalid_payload" } });
    expect(await ask(parts, { text: "?" })).toMatchObject({ error: { message: "not now" } });
    expect(parts.errors).toEqual([]);
  });

  test("with an answer that violates the contract is a failure, and the application's to know", async () => {
    const parts = connected();
    parts.client.onCall("confirm", () => "yes" as unknown as boolean);
    expect((await ask(parts, { text: "?" }))?.["error"]).toBeDefined();
    expect(parts.errors).toMatchObject([{ name: "PayloadError" }]);
  });
});

describe("a greeting", () => {
  test("comes with the connection or with a channel, and nonsense does not", () => {
    const parts = harness();
    const told: [unknown, string | undefined][] = [];
    parts.client.onGreeting((greeting, channel) => told.push([greeting, channel]));
    parts.client.connect();
    parts.settle();
    parts.server.link.welcome({ greeting: { motd: "hi" } });
    expect(parts.client.greeting).toEqual({ motd: "hi" });
    parts.server.link.send({ type: "greeting", channel: "chat/bar", data: { motd: "room" } }).send({ type: "greeting", channel: "chat/bar", data: 5 });
    expect(told).toEqual([[{ motd: "hi" }, undefined], [{ motd: "room" }, "chat/bar"]]);
    expect(parts.client.greeting).toEqual({ motd: "hi" });
    parts.server.link.end();
    parts.clock.pass(1000);
    parts.server.link.welcome();
    expect(parts.client.greeting).toBeUndefined();
  });
});

describe("what a client says of itself", () => {
  const opened = { ...contract, connection: { opening: { payload: object({ locale: string(2, 5) }) } } } as unknown as Contract<Channels, ConnectionTypes>;

  test("is checked when the client is made, and stands in the query", () => {
    expect(() => makeClient(opened, { url: "/realtime", opening: { locale: "deutsch" } }, {}, extras)).toThrow(/`opening` violates the contract/);
    expect(openingQuery({ contract: "h", opening: `{"locale":"de"}` }, [])).toBe("ids=0&contract=h&opening=%7B%22locale%22%3A%22de%22%7D");
  });
});
