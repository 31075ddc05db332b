// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from "vitest";
import { browserSignals, reportUncaught, systemClock } from "../src/platform.js";

afterEach(() => vi.restoreAllMocks());

function visibility(state: "visible" | "hidden"): void {
  vi.spyOn(document, "visibilityState", "get").mockReturnValue(state);
  document.dispatchEvent(new Event("visibilitychange"));
}

test("online, a visible page and a page from the cache wake; offline is told; nothing after the end", () => {
  const log: string[] = [];
  const stop = browserSignals.watch(() => log.push("offline"), () => log.push("wake"));
  window.dispatchEvent(new Event("offline"));
  window.dispatchEvent(new Event("online"));
  window.dispatchEvent(new Event("pageshow"));
  visibility("hidden");
  visibility("visible");
  expect(log).toEqual(["offline", "wake", "wake", "wake"]);
  stop();
  for (const name of ["offline", "online", "pageshow"]) window.dispatchEvent(new Event(name));
  visibility("visible");
  expect(log).toHaveLength(4);
});

test("only a clear word of the platform counts as offline", () => {
  const onLine = vi.spyOn(navigator, "onLine", "get");
  for (const [answer, offline] of [[true, false], [false, true], [undefined, false]] as const) {
    onLine.mockReturnValue(answer as boolean);
    expect(browserSignals.offline()).toBe(offline);
  }
});

test("uncaught errors go where the platform collects them", () => {
  const report = vi.fn();
  vi.stubGlobal("reportError", report);
  const error = new Error("x");
  reportUncaught(error);
  expect(report).toHaveBeenCalledWith(error);
  vi.unstubAllGlobals();
});

test("the clock's timers run once, or not at all", async () => {
  const task = vi.fn();
  systemClock.after(1, task)();
  await new Promise<void>((resolve) => void systemClock.after(5, resolve));
  expect(task).not.toHaveBeenCalled();
  expect(systemClock.random()).toBeLessThan(1);
});
