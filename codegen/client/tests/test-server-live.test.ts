import { beforeEach, describe, expect, test } from "vitest";
import { liveQueries } from "../src/live.js";
import { type TestServer, testServerFactory } from "../src/testing.js";
import { type Channels, type ConnectionTypes, contract } from "./generated/contract.js";
import { settled } from "./room.js";

const createTestServer = testServerFactory(contract, { extensions: [liveQueries] });
const board = { boardId: "6f1c2f9e-8c1d-4a58-9f53-0d9c3b6f7a10" };
const one = [{ cardId: "1", title: "one" }];

let server: TestServer<Channels, ConnectionTypes>;
beforeEach(() => {
  server = createTestServer();
});

describe("a live query of the test's server", () => {
  test("has the value that the test sets, before or after somebody asks", () => {
    const [early, late] = [server.client(), server.client()];
    const cards = early.live("boardCards", board);
    cards.subscribe(() => undefined);
    server.advance();
    expect(cards.current.status).toBe("connecting");
    server.live("boardCards", board).set(one);
    expect(cards.current).toMatchObject({ data: one, status: "open" });
    const same = late.live("boardCards", board);
    same.subscribe(() => undefined);
    server.advance();
    expect(same.current).toMatchObject({ data: one, status: "open" });
    expect(server.live("boardCards", board).subscribers).toBe(2);
    expect(() => server.live("visits").set(-1)).toThrow(/`visits` on `default` violates the contract/);
  });

  test("tells queries with other parameters apart", () => {
    const client = server.client();
    const open = client.live("cardsBy", board, { params: { status: "open" } });
    const done = client.live("cardsBy", board, { params: { status: "done" } });
    for (const query of [open, done]) query.subscribe(() => undefined);
    server.advance();
    server.live("cardsBy", board, { status: "open", limit: 10 }).set(one);
    expect([open.current.data, done.current.data]).toEqual([one, undefined]);
  });

  test("fails, ends, and is loaded anew", async () => {
    const client = server.client();
    const visits = client.live("visits");
    visits.subscribe(() => undefined);
    const its = server.live("visits");
    its.set(5);
    server.advance();
    its.fail("live_timeout");
    expect(visits.current).toMatchObject({ data: 5, status: "error", error: { reason: "live_timeout" } });
    const reload = visits.reload();
    server.advance();
    await reload;
    expect(its.reloads).toBe(1);
    expect(visits.current.status).toBe("open");
    its.end("revoked");
    expect(visits.current).toMatchObject({ data: 5, status: "closed", error: { reason: "revoked" } });
    expect(its.subscribers).toBe(0);
    await settled();
  });

  test("comes back after a lost connection, with what changed meanwhile or as it was", () => {
    const client = server.client();
    const [visits, cards] = [client.live("visits"), client.live("boardCards", board)];
    for (const query of [visits, cards]) query.subscribe(() => undefined);
    server.live("visits").set(1);
    server.live("boardCards", board).set(one);
    server.advance();
    const { data } = cards.current;
    server.disconnect();
    expect(visits.current).toMatchObject({ data: 1, status: "reconnecting" });
    server.live("visits").set(2);
    server.advance(30_000);
    expect(visits.current).toMatchObject({ data: 2, status: "open" });
    expect(cards.current.status).toBe("open");
    expect(cards.current.data).toBe(data);
  });

  test("goes with the right to its channel", () => {
    const client = server.client({ user: "ann" });
    const [visits, cards] = [client.live("visits"), client.live("boardCards", board)];
    for (const query of [visits, cards]) query.subscribe(() => undefined);
    server.advance();
    server.revoke({ user: "ann", channel: "default" });
    server.channel("board/{boardId}", board).deny();
    expect(visits.current).toMatchObject({ status: "closed", error: { reason: "revoked" } });
    expect(cards.current).toMatchObject({ status: "closed", error: { reason: "denied" } });
    const again = client.live("boardCards", board);
    again.subscribe(() => undefined);
    server.advance();
    expect(again.current).toMatchObject({ status: "closed", error: { reason: "denied" } });
    server.channel("board/{boardId}", board).allow();
    void again.reload();
    server.live("boardCards", board).set(one);
    server.advance();
    expect(again.current).toMatchObject({ data: one, status: "open" });
  });
});
