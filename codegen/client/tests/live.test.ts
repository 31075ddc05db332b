import { describe, expect, test } from "vitest";
import type { FakeLink, SentFrame } from "./fake-server.js";
import { type Harness, harness } from "./harness.js";
import { outcome, settled } from "./room.js";

const boardId = "6f1c2f9e-8c1d-4a58-9f53-0d9c3b6f7a10";
const BOARD = `board/${boardId}`;
const cards = (...titles: string[]): object[] => titles.map((title, at) => ({ cardId: String(at), title }));

/** The frames of live queries that a link was sent, but for their numbers. */
const asked = (link: FakeLink): unknown[] => link.frames("live").map(({ ref: _, type: __, ...rest }) => rest);

/** A client, its board, and everything that the board told. */
function board(options?: object): Harness & { readonly query: Query; readonly told: unknown[]; off(): void; begin(key?: string): SentFrame } {
  const parts = harness();
  const query: Query = parts.client.live("boardCards", { boardId }, options);
  const told: unknown[] = [];
  const off = query.subscribe(() => told.push(query.current.data));
  parts.settle();
  const begin = (key = "k1"): SentFrame => {
    parts.server.link.welcome();
    const frame = parts.server.link.frames("live").at(-1) as SentFrame;
    parts.server.link.ack(frame, { key });
    return frame;
  };
  return { ...parts, query, told, off, begin };
}

type Query = { readonly current: { readonly data: unknown; readonly status: string; readonly error: unknown }; readonly subscribe: (listener: () => void) => () => void; readonly reload: () => Promise<void>; readonly stop: () => void };

const value = (version: string, data: unknown, key = "k1"): object => ({ type: "live", key, version, data });
const error = (code: number, name: string): object => ({ code, name, message: name });

describe("a live query", () => {
  test("opens the connection, is asked for once, and shows what comes", () => {
    const { query, told, server, begin } = board();
    expect(query.current).toEqual({ data: undefined, status: "connecting", error: undefined });
    begin();
    expect(asked(server.link)).toEqual([{ query: "boardCards", channel: BOARD }]);
    expect(query.current.status).toBe("connecting");
    server.link.send(value("v1", cards("one")));
    expect(query.current).toEqual({ data: cards("one"), status: "open", error: undefined });
    expect(query.current).toBe(query.current);
    server.link.send(value("v2", cards("one", "two")));
    expect(told).toEqual([cards("one"), cards("one", "two")]);
    expect(server.links).toHaveLength(1);
  });

  test("costs nothing before somebody subscribes", () => {
    const { client, server, clock } = harness();
    client.live("boardCards", { boardId });
    clock.pass(1000);
    expect(server.links).toHaveLength(0);
    expect(clock.armed).toBe(0);
  });

  test("that is the same for several is one on the wire, with one value", () => {
    const parts = board();
    const other = parts.client.live("boardCards", { boardId: boardId.toUpperCase() });
    other.subscribe(() => undefined);
    parts.settle();
    parts.begin();
    expect(asked(parts.server.link)).toHaveLength(1);
    parts.server.link.send(value("v1", cards("one")));
    expect(other.current.data).toBe(parts.query.current.data);
    const late = parts.client.live("boardCards", { boardId });
    expect(late.current).toEqual({ data: cards("one"), status: "open", error: undefined });
    late.subscribe(() => undefined);
    parts.clock.pass(1000);
    expect(asked(parts.server.link)).toHaveLength(1);
  });

  test("may have its value before the answer that names its key", () => {
    const { query, server } = board();
    server.link.welcome();
    const [frame] = server.link.frames("live");
    server.link.send(value("v1", cards("one"), "other")).send(value("v1", cards("old"))).send(value("v2", cards("new")));
    server.link.ack(frame as SentFrame, { key: "k1" });
    expect(query.current).toMatchObject({ data: cards("new"), status: "open" });
  });

  test("is left some seconds after its last user, and found as it was until then", () => {
    const parts = board();
    parts.begin();
    parts.server.link.send(value("v1", cards("one")));
    parts.off();
    parts.clock.pass(4000);
    expect(parts.server.open).toHaveLength(1);
    parts.server.link.send(value("v2", cards("two")));
    const next = parts.client.live("boardCards", { boardId });
    expect(next.current).toMatchObject({ data: cards("two"), status: "open" });
    const off = next.subscribe(() => undefined);
    parts.clock.pass(10_000);
    expect(asked(parts.server.link)).toHaveLength(1);
    off();
    parts.clock.pass(5010);
    expect(asked(parts.server.link).at(-1)).toEqual({ key: "k1", end: true });
    expect(parts.server.open).toHaveLength(0);
    expect(parts.clock.armed).toBe(0);
    expect(parts.client.live("boardCards", { boardId }).current.data).toBeUndefined();
  });

  test("that nobody wants any more is not asked for; one on its way is left when it is answered", () => {
    const parts = harness();
    parts.client.connect();
    parts.settle();
    parts.server.link.welcome();
    parts.client.live("visits").subscribe(() => undefined)();
    parts.clock.pass(10_000);
    expect(asked(parts.server.link)).toEqual([]);
    const off = parts.client.live("visits").subscribe(() => undefined);
    parts.settle();
    off();
    parts.clock.pass(10_000);
    expect(asked(parts.server.link)).toEqual([{ query: "visits", channel: "default" }]);
    parts.server.link.ack(parts.server.link.frames("live")[0] as SentFrame, { key: "k9" });
    expect(asked(parts.server.link).at(-1)).toEqual({ key: "k9", end: true });
  });

  test("has parameters of its own, checked, with defaults, and the same in any order", () => {
    const parts = harness();
    parts.client.live("cardsBy", { boardId }, { params: { status: "open", limit: 10 } }).subscribe(() => undefined);
    parts.client.live("cardsBy", { boardId }, { params: { limit: 10, status: "open" } }).subscribe(() => undefined);
    parts.client.live("cardsBy", { boardId }, { params: { status: "open" } }).subscribe(() => undefined);
    parts.client.live("cardsBy", { boardId }, { params: { status: "done" } }).subscribe(() => undefined);
    parts.settle();
    parts.server.link.welcome();
    expect(asked(parts.server.link)).toEqual(["open", "done"].map((status) => ({ query: "cardsBy", channel: BOARD, params: { status, limit: 10 } })).map((frame) => expect.objectContaining(frame)));
    expect(() => parts.client.live("cardsBy", { boardId }, { params: { status: "lost" as "open" } })).toThrow(/`cardsBy` on `board\/.*` violates the contract/);
    expect(() => parts.client.live("cardsBy", { boardId }, {} as never)).toThrow(/violates the contract/);
    expect(() => parts.client.live("boardCards", { boardId: "x" })).toThrow(/`boardId`/);
    for (const name of ["constructor", "__proto__", "toString", "none"]) expect(() => parts.client.live(name as "visits")).toThrow(/has no live query/);
  });
});

describe("what interrupts a live query", () => {
  test("a run that fails keeps the last value, and the next one that succeeds says so", () => {
    const { query, server, begin } = board();
    begin();
    server.link.send(value("v1", cards("one"))).send({ type: "live", key: "k1", error: error(4107, "live_failed") });
    expect(query.current).toMatchObject({ data: cards("one"), status: "error", error: { reason: "live_failed", code: 4107 } });
    const { data } = query.current;
    server.link.send(value("v1", cards("one")));
    expect(query.current).toMatchObject({ status: "open", error: undefined });
    expect(query.current.data).toBe(data);
  });

  test("a lost connection keeps the value, and it comes back with its version", () => {
    const { query, server, clock, begin } = board();
    begin();
    server.link.send(value("v1", cards("one")));
    server.link.end();
    expect(query.current).toMatchObject({ data: cards("one"), status: "reconnecting" });
    clock.pass(1000);
    expect(begin("k1-anew")["version"]).toBe("v1");
    expect(query.current.status).toBe("reconnecting");
    const { data } = query.current;
    server.link.send({ type: "live", key: "k1-anew", version: "v1" });
    expect(query.current.status).toBe("open");
    expect(query.current.data).toBe(data);
    server.link.send(value("v9", cards("old key")));
    expect(query.current.data).toBe(data);
  });

  test("the end of the right closes it, for this user of it and for those to come", () => {
    const { query, client, server, begin, clock } = board();
    begin();
    server.link.send(value("v1", cards("one"))).send({ type: "live", key: "k1", ended: error(4015, "revoked") });
    expect(query.current).toMatchObject({ data: cards("one"), status: "closed", error: { reason: "revoked" } });
    server.link.send(value("v2", cards("two")));
    expect(query.current.data).toEqual(cards("one"));
    const next = client.live("boardCards", { boardId });
    expect(next.current.data).toBeUndefined();
    clock.pass(60_000);
    expect(server.open).toHaveLength(0);
    next.subscribe(() => undefined);
    clock.pass(60_000);
    server.link.welcome();
    expect(asked(server.link)).toEqual([{ query: "boardCards", channel: BOARD }]);
  });

  test.each([[4019, "unknown_live"], [4002, "denied"], [4007, "too_many_channels"], [4006, "invalid_channel"]])("a refusal for good closes it: %i", (code, name) => {
    const { query, server, clock } = board();
    server.link.welcome();
    server.link.refuse(server.link.frames("live")[0] as SentFrame, code, name);
    expect(query.current).toMatchObject({ data: undefined, status: "closed", error: { reason: name } });
    clock.pass(60_000);
    expect(server.open).toHaveLength(0);
  });

  test("a refusal for now is an error, and it is asked for again", () => {
    const { query, server, clock, client } = board();
    client.connect();
    server.link.welcome();
    server.link.refuse(server.link.frames("live")[0] as SentFrame, 4103, "rate_limited", { retryAfter: 700 });
    expect(query.current).toMatchObject({ status: "error", error: { reason: "rate_limited" } });
    clock.pass(699);
    expect(asked(server.link)).toHaveLength(1);
    clock.pass(10);
    expect(asked(server.link)).toHaveLength(2);
    server.link.ack(server.link.frames("live")[1] as SentFrame, { key: "k1" }).send(value("v1", []));
    expect(query.current).toMatchObject({ data: [], status: "open", error: undefined });
  });

  test("too many: those that nobody uses any more give way", () => {
    const parts = board();
    parts.begin();
    parts.off();
    const visits = parts.client.live("visits");
    visits.subscribe(() => undefined);
    parts.clock.pass(100);
    parts.server.link.refuse(parts.server.link.frames("live")[1] as SentFrame, 4007, "too_many_channels");
    expect(asked(parts.server.link).slice(2)).toEqual([{ key: "k1", end: true }, { query: "visits", channel: "default" }]);
    expect(visits.current.status).toBe("connecting");
  });

  test("a connection that is refused for good closes it, and another one opens it again", () => {
    const { query, client, server, begin, clock } = board();
    begin();
    server.link.send(value("v1", cards("one"))).send({ type: "error", error: error(4002, "denied") });
    expect(query.current).toMatchObject({ data: cards("one"), status: "closed", error: { reason: "denied" } });
    clock.pass(60_000);
    expect(server.links).toHaveLength(1);
    client.connect();
    clock.pass(100);
    begin();
    server.link.send({ type: "live", key: "k1", version: "v1" });
    expect(query.current).toMatchObject({ data: cards("one"), status: "open", error: undefined });
  });

  test("a client that is closed closes it for good", async () => {
    const { query, client, begin } = board();
    begin();
    const reload = outcome(query.reload());
    client.close();
    expect(query.current).toMatchObject({ status: "closed", error: { reason: "client_closed" } });
    expect(await reload).toMatchObject({ reason: "client_closed" });
    const other = client.live("visits");
    other.subscribe(() => undefined);
    expect(other.current).toMatchObject({ status: "closed", error: { reason: "client_closed" } });
    expect(await outcome(other.reload())).toMatchObject({ reason: "client_closed" });
  });

  test("another user sees nothing of the one before", () => {
    const { query, told, server, clock } = board({ fallback: cards("-") });
    server.link.welcome({ user: "ann" });
    server.link.ack(server.link.frames("live")[0] as SentFrame, { key: "k1" }).send(value("v1", cards("ann's")));
    server.link.end();
    clock.pass(1000);
    server.link.welcome({ user: "bob" });
    expect(query.current).toMatchObject({ data: cards("-"), status: "connecting" });
    expect(asked(server.link)).toEqual([{ query: "boardCards", channel: BOARD }]);
    server.link.ack(server.link.frames("live")[0] as SentFrame, { key: "k1" }).send(value("v1", cards("bob's")));
    expect(told.map((each) => JSON.stringify(each)).filter((text) => text.includes("ann's"))).toHaveLength(2);
    expect(query.current.data).toEqual(cards("bob's"));
  });
});

describe("frames that nobody would send", () => {
  test("with data that violates the contract leave the last value, and are counted", () => {
    const { query, client, server, warnings, begin } = board();
    begin();
    server.link.send(value("v1", cards("one"))).send(value("v2", [{ cardId: 5 }]));
    expect(query.current).toMatchObject({ data: cards("one"), status: "error", error: { name: "PayloadError" } });
    expect(client.counters.invalid).toBe(1);
    expect(warnings).toHaveLength(1);
    server.link.send(value("v1", cards("one")));
    expect(query.current).toMatchObject({ data: cards("one"), status: "open" });
  });

  test("with keys and members of all kinds break nothing", () => {
    const { query, client, server, errors, begin } = board();
    begin();
    server.link.send(value("v1", cards("one")));
    for (const text of [
      `{"type":"live"}`,
      `{"type":"live","key":"__proto__","version":"1","data":[]}`,
      `{"type":"live","key":"constructor","error":{}}`,
      `{"type":"live","key":5,"version":"1","data":[]}`,
      `{"type":"live","key":"k1"}`,
      `{"type":"live","key":"k1","data":[]}`,
      `{"type":"live","key":"k1","version":5,"data":[]}`,
      `{"type":"live","key":"k1","error":"no"}`,
      `{"type":"live","key":"k1","ended":null}`,
      `{"type":"live","key":"k1","ended":{"code":"4015"}}`,
      `{"type":"live","key":"k1","version":"other"}`,
      `{"type":"live","key":"k1","__proto__":{"data":[]},"version":"v7"}`,
    ]) server.link.sendText(text);
    expect(query.current).toMatchObject({ data: cards("one"), status: "open" });
    expect(errors).toEqual([]);
    expect(client.counters.malformed).toBe(6);
    server.link.sendText(`{"type":"live","key":"k1","version":"v2","data":[{"cardId":"1","title":"x","__proto__":{"polluted":1}}]}`);
    expect(query.current.data).toHaveLength(1);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  test("an answer without a key is tried again, later", () => {
    const { query, server, clock } = board();
    server.link.welcome();
    server.link.ack(server.link.frames("live")[0] as SentFrame, { key: null });
    expect(query.current.status).toBe("error");
    clock.pass(300);
    expect(asked(server.link)).toHaveLength(2);
  });

  test("a flood of values for keys that nobody knows is not kept", () => {
    const { query, server } = board();
    server.link.welcome();
    for (let at = 0; at < 10_000; at += 1) server.link.send(value("v1", cards("x"), `key-${at}`));
    server.link.ack(server.link.frames("live")[0] as SentFrame, { key: "key-1" });
    expect(query.current.data).toBeUndefined();
    server.link.send(value("v1", cards("one"), "key-1"));
    expect(query.current.data).toEqual(cards("one"));
  });
});

describe("reload", () => {
  test("asks the server, and resolves with the answer, changed or not", async () => {
    const { query, server, begin } = board();
    begin();
    server.link.send(value("v1", cards("one")));
    const reload = query.reload();
    let isDone = false;
    void reload.then(() => (isDone = true));
    expect(asked(server.link).at(-1)).toEqual({ key: "k1", reload: true });
    server.link.ack(server.link.frames("live").at(-1) as SentFrame);
    await settled();
    expect(isDone).toBe(false);
    server.link.send(value("v1", cards("one")));
    await reload;
    expect(query.current.status).toBe("open");
  });

  test("fails with its run, or with the command, and is not missed by whoever does not look", async () => {
    const { query, server, begin } = board();
    begin();
    const failed = outcome(query.reload());
    server.link.send({ type: "live", key: "k1", error: error(4108, "live_timeout") });
    expect(await failed).toMatchObject({ reason: "live_timeout" });
    const refused = outcome(query.reload());
    server.link.refuse(server.link.frames("live").at(-1) as SentFrame, 4103, "rate_limited");
    expect(await refused).toMatchObject({ reason: "rate_limited" });
    expect(query.current.status).toBe("error");
    void query.reload();
    server.link.send({ type: "live", key: "k1", error: error(4107, "live_failed") });
    await settled();
  });

  test("waits for the connection, and asks again for what was refused", async () => {
    const { query, server, clock, begin, client } = board();
    client.connect();
    const early = query.reload();
    begin();
    expect(asked(server.link).at(-1)).toEqual({ key: "k1", reload: true });
    server.link.send(value("v1", cards("one")));
    await early;
    server.link.send({ type: "live", key: "k1", ended: error(4002, "denied") });
    const again = query.reload();
    expect(query.current.status).toBe("connecting");
    clock.pass(10);
    server.link.ack(server.link.frames("live").at(-1) as SentFrame, { key: "k2" }).send(value("v2", cards("two"), "k2"));
    await again;
    expect(query.current).toMatchObject({ data: cards("two"), status: "open" });
  });

  test("does nothing where nobody subscribes", async () => {
    const { client, server } = harness();
    await client.live("visits").reload();
    expect(server.links).toHaveLength(0);
  });
});

describe("what is shown", () => {
  test("is the fallback before the first value", () => {
    const { query, server, begin } = board({ fallback: [] });
    expect(query.current.data).toEqual([]);
    begin();
    server.link.send(value("v1", cards("one")));
    expect(query.current.data).toEqual(cards("one"));
  });

  test("can be accumulated: each new value once, whoever looks and however often", () => {
    const parts = harness();
    const history = parts.client.live("visits", undefined, { initial: [] as readonly number[], reduce: (all, count) => [...all, count] });
    expect(history.current.data).toEqual([]);
    const off = history.subscribe(() => undefined);
    parts.settle();
    parts.server.link.welcome();
    parts.server.link.ack(parts.server.link.frames("live")[0] as SentFrame, { key: "k1" });
    parts.server.link.send(value("v1", 1)).send(value("v2", 2)).send({ type: "live", key: "k1", error: error(4107, "live_failed") }).send(value("v2", 2));
    expect(history.current.data).toEqual([1, 2]);
    off();
    history.subscribe(() => undefined);
    expect(history.current.data).toEqual([1, 2]);
    parts.server.link.send(value("v3", 3));
    expect(history.current.data).toEqual([1, 2, 3]);
    const late = parts.client.live("visits", undefined, { initial: 0, reduce: Math.max });
    expect(late.current.data).toBe(3);
  });

  test("survives a reduce that throws, which is reported", () => {
    const parts = harness();
    const sum = parts.client.live("visits", undefined, {
      initial: 0,
      reduce: (all, count) => {
        if (count === 2) throw new Error("two");
        return all + count;
      },
    });
    sum.subscribe(() => undefined);
    parts.settle();
    parts.server.link.welcome();
    parts.server.link.ack(parts.server.link.frames("live")[0] as SentFrame, { key: "k1" }).send(value("v1", 1)).send(value("v2", 2)).send(value("v3", 3));
    expect(sum.current.data).toBe(4);
    expect(parts.errors).toMatchObject([{ message: "two" }]);
  });

  test("is what events carry, with stream: the query itself is not asked for", () => {
    const parts = harness();
    const newest = parts.client.live("boardCards", { boardId }, { stream: true });
    const names = parts.client.live("boardCards", { boardId }, { stream: true, initial: [] as readonly string[], reduce: (all, _data, { event }) => [...all, event] });
    expect(newest.current).toMatchObject({ data: undefined, status: "connecting" });
    newest.subscribe(() => undefined);
    const off = names.subscribe(() => undefined);
    parts.settle();
    parts.server.link.accept();
    expect(newest.current.status).toBe("open");
    parts.server.link.event(BOARD, 1, "card.changed", { op: "remove", cardId: boardId }).event(BOARD, 2, "card.changed", { op: "remove", cardId: boardId });
    expect(newest.current.data).toEqual({ op: "remove", cardId: boardId });
    expect(names.current.data).toEqual(["card.changed", "card.changed"]);
    expect(asked(parts.server.link)).toEqual([]);
    off();
    parts.server.link.end();
    expect(newest.current.status).toBe("reconnecting");
    parts.clock.pass(1000);
    parts.server.link.welcome().send({ type: "denied", channel: BOARD, error: error(4002, "denied") });
    expect(newest.current).toMatchObject({ status: "closed", error: { reason: "denied" } });
    newest.stop();
    parts.clock.pass(1000);
    expect(parts.server.open).toHaveLength(0);
  });

  test("is nothing new while it is not enabled", () => {
    const parts = harness();
    const query = parts.client.live("visits", undefined, { enabled: false, fallback: 0 });
    query.subscribe(() => undefined);
    parts.clock.pass(1000);
    expect(query.current).toEqual({ data: 0, status: "closed", error: undefined });
    expect(parts.server.links).toHaveLength(0);
  });
});
