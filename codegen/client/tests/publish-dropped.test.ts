import { describe, expect, test, vi } from "vitest";
import { harness } from "./harness.js";
import { BAR, connected, message, settled } from "./room.js";

describe("an event that is given up", () => {
  test("and that nobody waits for goes to the hook, and is no unhandled rejection", async () => {
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    const { client, server, say, clock, dropped } = connected();
    void say("one");
    server.link.refuse(server.link.frames("publish")[0]!, 4008, "invalid_payload");
    clock.pass(0);
    expect(dropped).toEqual([{ channel: BAR, event: "message.sent", data: message("one"), error: expect.objectContaining({ reason: "invalid_payload", code: 4008 }) }]);
    void client.channel("echo").publish("x".repeat(70_000));
    clock.pass(0);
    expect(dropped).toHaveLength(2);
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  test.each([
    ["await", async (promise: Promise<unknown>) => expect(promise.then()).rejects.toThrow()],
    ["catch", (promise: Promise<unknown>) => promise.catch(() => undefined)],
    ["allSettled", (promise: Promise<unknown>) => Promise.allSettled([promise])],
    ["an async function", async (promise: Promise<unknown>) => {
      try {
        await promise;
      } catch {
        // That is what the test is about.
      }
    }],
  ])("and that somebody waits for with %s does not", async (_, wait) => {
    const { client, clock, dropped } = harness();
    client.close();
    const waited = wait(client.channel("echo").publish("x"));
    await settled();
    clock.pass(0);
    await waited;
    expect(dropped).toEqual([]);
  });

  test("is warned of where there is no hook", () => {
    const { client, clock, warnings } = harness({ onPublishDropped: undefined as never });
    client.close();
    void client.channel("echo").publish("x");
    clock.pass(0);
    expect(warnings).toEqual(["`message` on `echo` was not published: the application closed this client"]);
  });

  test("may be looked at by a hook that throws", () => {
    const { client, clock, errors } = harness({
      onPublishDropped: () => {
        throw new Error("mine");
      },
    });
    client.close();
    void client.channel("echo").publish("x");
    clock.pass(0);
    expect(errors).toEqual([new Error("mine")]);
  });
});
