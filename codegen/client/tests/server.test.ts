import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { FetchInit, FetchResponse } from "../src/platform.js";
import { authHandlerFactory, serverFactory } from "../src/server.js";
import { contract } from "./generated/contract.js";
import { outcome } from "./room.js";

const createServer = serverFactory(contract);
const createAuthHandler = authHandlerFactory(contract);
const message = { author: "bot", text: "hi" };

/** A service that answers so, and what it was asked. */
function service(status: number, body: object): { readonly server: ReturnType<typeof createServer>; readonly asked: { readonly path: string; readonly init: FetchInit; readonly body: unknown }[] } {
  const asked: { readonly path: string; readonly init: FetchInit; readonly body: unknown }[] = [];
  const fetch = async (url: string, init: FetchInit): Promise<FetchResponse> => {
    asked.push({ path: url.replace("https://live.example.org/realtime", ""), init, body: init.body === undefined ? undefined : JSON.parse(init.body) });
    return { status, headers: { get: () => "application/json" }, body: null, text: async () => JSON.stringify(body) };
  };
  return { server: createServer({ url: "https://live.example.org/realtime/", key: "k".repeat(32), fetch }), asked };
}

describe("the service from another one", () => {
  test("publishes with its key", async () => {
    const { server, asked } = service(200, { id: "e.1", number: 1, time: 5, stored: true });
    const room = server.channel("chat/{roomId}", { roomId: "42" });
    expect(await room.publish("message.sent", message, { key: "once", sender: "bot", exclude: "c-1" })).toEqual({ id: "e.1", number: 1, time: 5, stored: true, duplicate: false });
    expect(asked).toMatchObject([{ path: "/publish", body: { channel: "chat/42", event: "message.sent", data: message, key: "once", sender: "bot", exclude: "c-1" } }]);
    expect(asked[0]?.init.headers["authorization"]).toBe(`Bearer ${"k".repeat(32)}`);
  });

  test("throws at once what the contract forbids", () => {
    const { server, asked } = service(200, {});
    const room = server.channel("chat/{roomId}", { roomId: "42" });
    expect(() => room.publish("message.sent", { author: "", text: "" })).toThrow(/violates the contract/);
    expect(() => room.publish("typing" as "message.sent", undefined as never)).toThrow(/publishes no event `typing`/);
    expect(() => server.channel("chat/{roomId}", { roomId: "NO" })).toThrow(/roomId/);
    expect(asked).toEqual([]);
  });

  test("publishes a batch, each by itself", async () => {
    const { server, asked } = service(200, { receipts: [{ id: "e.1", number: 1, time: 5, stored: true }, { error: { code: 4103, name: "rate_limited", message: "", retryAfter: 100 } }] });
    const room = server.channel("chat/{roomId}", { roomId: "42" });
    const receipts = await server.publishBatch([room.event("message.sent", message), server.channel("default").event("notification.alert", { text: "x" })]);
    expect(receipts).toMatchObject([{ number: 1 }, { reason: "rate_limited", retry: "back_off", retryAfter: 100 }]);
    expect(asked[0]?.body).toEqual({ events: [{ channel: "chat/42", event: "message.sent", data: message }, { channel: "default", event: "notification.alert", data: { text: "x" } }] });
  });

  test("reads the history, revokes and restores", async () => {
    const { server, asked } = service(200, { events: [], cursor: "c", revoked: 1, restored: 1 });
    const room = server.channel("chat/{roomId}", { roomId: "42" });
    expect(await room.history({ limit: 5 })).toEqual({ events: [], cursor: "c" });
    await server.revoke({ user: "ann", channel: room, seconds: 60 });
    await server.revokeBatch([{ user: "ann" }, { channel: "chat/42" }]);
    await server.restore({ user: "ann", channel: "chat/42" });
    expect(asked.map(({ path, body }) => [path, body])).toEqual([
      ["/history?channel=chat/42&limit=5", undefined],
      ["/revoke", { user: "ann", channel: "chat/42", seconds: 60 }],
      ["/revoke", { revocations: [{ user: "ann" }, { channel: "chat/42" }] }],
      ["/restore", { user: "ann", channel: "chat/42" }],
    ]);
  });

  test("is told what is refused", async () => {
    const { server } = service(401, { error: { code: 4001, name: "unauthenticated", message: "the key is none of this service's" } });
    expect(await outcome(server.channel("default").publish("notification.alert", { text: "x" }))).toMatchObject({ reason: "unauthenticated", retry: "never" });
  });
});

describe("the route that signs tokens", () => {
  const secret = "s".repeat(32);
  const handler = createAuthHandler({
    secret,
    issuer: "acme",
    audience: "live",
    seconds: 600,
    authorize: (request) =>
      request.headers.get("cookie") === "ann" ? { user: "ann", subscribe: ["chat/{roomId}", { pattern: "room:{kind}/{open}", params: { open: true } }], publish: [{ pattern: "chat/{roomId}", params: { roomId: "4 2".replace(" ", "") } }], present: "everything" } : undefined,
  });
  const ask = (headers: Record<string, string> = { cookie: "ann" }, body = "", method = "POST"): Promise<Response> =>
    handler(new Request("https://app.example.org/realtime/auth", { method, headers, ...(body === "" ? {} : { body }) })) as Promise<Response>;

  /** What a token says, if it is signed with the secret. */
  function opened(token: string): { readonly [claim: string]: unknown } {
    const [head = "", claims = "", signature] = token.split(".");
    expect(signature).toBe(createHmac("sha256", secret).update(`${head}.${claims}`).digest("base64url"));
    expect(JSON.parse(Buffer.from(head, "base64url").toString())).toEqual({ alg: "HS256", typ: "JWT" });
    return JSON.parse(Buffer.from(claims, "base64url").toString()) as { readonly [claim: string]: unknown };
  }

  test("answers a token with the claims of the wire", async () => {
    const response = await ask();
    expect([response.status, response.headers.get("cache-control")]).toEqual([200, "no-store"]);
    const { token, expires } = (await response.json()) as { readonly token: string; readonly expires: number };
    const claims = opened(token);
    expect(claims).toMatchObject({
      iss: "acme",
      aud: "live",
      sub: "ann",
      grant: { subscribe: ["chat/{roomId}", { pattern: "room:{kind}/{open}", fixed: { open: "true" } }], publish: ["chat/42"], present: "everything" },
    });
    expect(claims["exp"]).toBe(Number(claims["iat"]) + 600);
    expect(expires).toBe(Number(claims["exp"]) * 1000);
    expect(claims["jti"]).toBeUndefined();
  });

  test("answers a ticket where one is asked for", async () => {
    const { token } = (await (await ask({ cookie: "ann" }, `{"ticket":true}`)).json()) as { readonly token: string };
    const claims = opened(token);
    expect(claims).toMatchObject({ use: "ticket", sub: "ann", jti: expect.stringMatching(/^[\w-]{22}$/) as string });
    expect(claims["exp"]).toBe(Number(claims["iat"]) + 30);
  });

  test("refuses who is not signed in, pages of other origins, and other methods", async () => {
    const names = async (response: Promise<Response>): Promise<unknown> => [(await response).status, ((await (await response).json()) as { readonly error: { readonly name: string } }).error.name];
    expect(await names(ask({}))).toEqual([401, "unauthenticated"]);
    for (const origin of ["https://evil.example.org", "null", "https://app.example.org.evil.com", ""]) expect(await names(ask({ cookie: "ann", origin }))).toEqual([403, "denied"]);
    expect(await names(ask({ cookie: "ann" }, "", "GET"))).toEqual([405, "method_not_allowed"]);
    expect((await ask({ cookie: "ann", origin: "http://app.example.org" })).status).toBe(200);
  });

  test("needs a secret that is one", async () => {
    const weak = createAuthHandler({ secret: "short", issuer: "a", audience: "b", authorize: () => ({}) });
    await expect(weak(new Request("https://app.example.org/", { method: "POST" }))).rejects.toThrow(/32/);
  });
});
