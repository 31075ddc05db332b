import { describe, expect, test } from "vitest";
import { type Harness, harness } from "./harness.js";
import { BAR, message } from "./room.js";

/** A client that is connected, and subscribed to a room by the service. */
function given(): Harness {
  const parts = harness();
  parts.client.connect();
  parts.settle();
  parts.server.link.welcome().send({ type: "subscribed", channel: BAR, outcome: "fresh", cursor: "c0", by: "server" });
  return parts;
}

const room = ({ client }: Harness) => client.channel("chat/{roomId}", { roomId: "bar" });

describe("a channel that the service subscribes a client to", () => {
  test("is listed, and asks for nothing", () => {
    const parts = given();
    parts.settle();
    expect(parts.client.channels).toEqual([{ name: BAR, by: "server" }]);
    expect(parts.server.link.sent).toEqual([]);
    expect(parts.client.status.get().status).toBe("connected");
  });

  test("is handed to whoever listens, without another subscription, and stays when they leave", () => {
    const parts = given();
    const seen: string[] = [];
    parts.server.link.event(BAR, 1, "message.sent", message("nobody listens"));
    const off = room(parts).on("message.sent", ({ text }) => seen.push(text));
    parts.settle();
    parts.server.link.event(BAR, 2, "message.sent", message("now"));
    expect(seen).toEqual(["now"]);
    expect(parts.client.channels).toEqual([{ name: BAR, by: "client" }]);
    off();
    parts.settle();
    expect(parts.server.link.sent).toEqual([]);
    expect(parts.client.channels).toEqual([{ name: BAR, by: "server" }]);
  });

  test("is asked for after its cursor when the connection comes back", () => {
    const parts = given();
    parts.server.link.event(BAR, 5, "message.sent", message("x")).end();
    parts.clock.pass(1000);
    expect(parts.server.link.channels).toEqual([]);
    parts.server.link.welcome();
    expect(parts.server.link.sent).toMatchObject([{ type: "subscribe", channel: BAR, after: `${BAR}@5` }]);
    parts.server.link.obey();
    expect(parts.client.channels).toEqual([{ name: BAR, by: "server" }]);
    expect(parts.client.status.get().status).toBe("connected");
  });

  test("that is not restored is gone without a word, unless somebody listens", () => {
    const parts = given();
    const denied: string[] = [];
    parts.client.onDenied(({ channel }) => denied.push(channel));
    parts.server.link.end();
    parts.clock.pass(1000);
    parts.server.link.welcome();
    const [frame] = parts.server.link.sent;
    if (frame !== undefined) parts.server.link.refuse(frame, 4002, "denied");
    parts.settle();
    expect([parts.client.channels, denied]).toEqual([[], []]);
    expect(parts.server.link.sent).toHaveLength(1);
  });

  test("is gone when the service ends that, and asked for where somebody listens", () => {
    const parts = given();
    parts.server.link.send({ type: "unsubscribed", channel: BAR, by: "server" });
    expect(parts.client.channels).toEqual([]);
    room(parts).on("message.sent", () => undefined);
    parts.server.link.send({ type: "subscribed", channel: "chat/foo", outcome: "fresh", cursor: "c", by: "server" });
    parts.client.channel("chat/{roomId}", { roomId: "foo" }).on("message.sent", () => undefined);
    parts.settle();
    parts.server.link.obey();
    parts.server.link.send({ type: "unsubscribed", channel: "chat/foo", by: "server" });
    parts.settle();
    expect(parts.server.link.sent).toMatchObject([{ type: "subscribe", channel: "chat/foo" }]);
  });

  test("may be one that the client has already", () => {
    const parts = harness();
    const off = room(parts).on("message.sent", () => undefined);
    parts.settle();
    parts.server.link.accept().send({ type: "subscribed", channel: BAR, outcome: "resumed", cursor: `${BAR}@0`, by: "server" });
    off();
    parts.settle();
    expect(parts.server.link.sent).toEqual([]);
    expect(parts.client.channels).toEqual([{ name: BAR, by: "server" }]);
  });
});

test("a connection that somebody asked for lasts until they let go", () => {
  const parts = harness();
  const [one, two] = [parts.client.connect(), parts.client.connect()];
  parts.settle();
  parts.server.link.welcome();
  one();
  one();
  parts.settle();
  expect(parts.server.open).toHaveLength(1);
  two();
  parts.settle();
  expect(parts.server.open).toHaveLength(0);
});
