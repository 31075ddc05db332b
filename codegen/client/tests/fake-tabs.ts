import { type Client, makeClient } from "../src/client.js";
import type { Clock, TabLocks, TabWire } from "../src/platform.js";
import type { Dropped } from "../src/publication.js";
import { sharing } from "../src/tabs.js";
import { ServerImplementation } from "../src/testing/server.js";
import type { Transport } from "../src/transport.js";
import { type Channels, type ConnectionTypes, contract } from "./generated/contract.js";
import { extras } from "./harness.js";

interface Request {
  readonly name: string;
  readonly tab: FakeTab;
  readonly task: () => Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const abortError = (): Error => Object.assign(new Error("aborted"), { name: "AbortError" });

/** A browser: what its tabs have in common, and a server. */
export class FakeBrowser {
  readonly server = new ServerImplementation(contract);
  readonly tabs: FakeTab[] = [];
  readonly wires = new Set<FakeWire>();
  private held = new Map<string, Request>();
  private queue: Request[] = [];

  /** Opens a tab. */
  tab(options: { readonly group?: string; readonly hasLocks?: boolean } = {}): FakeTab {
    const tab = new FakeTab(this, options);
    this.tabs.push(tab);
    return tab;
  }

  /** Lets messages, requests and timers happen. */
  async settle(milliseconds = 1000): Promise<void> {
    for (let at = 0; at < 20; at += 1) {
      this.server.advance(milliseconds / 20);
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    }
  }

  request(tab: FakeTab, name: string, { steal = false, signal }: Parameters<TabLocks["request"]>[1], task: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const request: Request = { name, tab, task, resolve, reject };
      (signal as AbortSignal | undefined)?.addEventListener("abort", () => {
        if (!this.queue.includes(request)) return;
        this.queue = this.queue.filter((other) => other !== request);
        reject(abortError());
      });
      if (steal) {
        const before = this.held.get(name);
        this.held.delete(name);
        before?.tab.run(() => before.reject(abortError()));
        this.queue.unshift(request);
      } else {
        this.queue.push(request);
      }
      queueMicrotask(() => this.grant());
    });
  }

  /** A tab is gone, and its locks with it. */
  release(tab: FakeTab): void {
    for (const [name, request] of this.held) if (request.tab === tab) this.held.delete(name);
    this.queue = this.queue.filter((request) => request.tab !== tab);
    this.grant();
  }

  /** Who has a lock whose name ends with this. */
  get leader(): FakeTab | undefined {
    return [...this.held].find(([name]) => / $/.test(name))?.[1].tab;
  }

  private grant(): void {
    for (const request of [...this.queue]) {
      if (this.held.has(request.name)) continue;
      this.queue = this.queue.filter((other) => other !== request);
      this.held.set(request.name, request);
      request.tab.run(() => {
        void request.task().then(() => {
          if (this.held.get(request.name) === request) this.held.delete(request.name);
          request.resolve();
          this.grant();
        });
      });
    }
  }
}

class FakeWire implements TabWire {
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  private readonly browser: FakeBrowser;
  private readonly tab: FakeTab;
  private readonly name: string;

  constructor(browser: FakeBrowser, tab: FakeTab, name: string) {
    this.browser = browser;
    this.tab = tab;
    this.name = name;
    browser.wires.add(this);
  }

  postMessage(message: unknown): void {
    const data: unknown = structuredClone(message);
    for (const other of this.browser.wires) {
      if (other === this || other.name !== this.name) continue;
      queueMicrotask(() => other.tab.run(() => this.browser.wires.has(other) && other.onmessage?.({ data })));
    }
  }

  close(): void {
    this.browser.wires.delete(this);
  }
}

/** One tab. Everything that happens in it can be held up, as in a tab that is frozen, or end. */
export class FakeTab {
  readonly client: Client<Channels, ConnectionTypes>;
  readonly dropped: Dropped[] = [];
  readonly errors: unknown[] = [];
  private readonly browser: FakeBrowser;
  private state: "awake" | "frozen" | "gone" = "awake";
  private readonly backlog: (() => void)[] = [];
  private readonly sessions = new Set<{ close(): void }>();

  constructor(browser: FakeBrowser, { group = "", hasLocks = true }: { readonly group?: string; readonly hasLocks?: boolean }) {
    this.browser = browser;
    const { server } = browser;
    const clock: Clock = {
      now: () => server.clock.now(),
      random: () => server.clock.random(),
      after: (delay, task) => {
        // What was due while the tab was frozen can still be cancelled when it wakes up.
        let isDue = true;
        const cancel = server.clock.after(delay, () => this.run(() => isDue && task()));
        return () => {
          isDue = false;
          cancel();
        };
      },
    };
    const surroundings = {
      locks: {
        request: (name: string, options: Parameters<TabLocks["request"]>[1], task: () => Promise<void>) =>
          hasLocks ? browser.request(this, name, options, task) : Promise.reject(Object.assign(new Error("no"), { name: "SecurityError" })),
      },
      wire: (name: string) => new FakeWire(browser, this, name),
      controller: () => new AbortController(),
    };
    const inner = server.transport(null);
    const transport: Transport = (request, handlers) => {
      const held = Object.fromEntries(Object.entries(handlers).map(([name, call]) => [name, (...given: never[]) => this.run(() => (call as (...all: never[]) => void)(...given))]));
      const link = inner(request, held as unknown as typeof handlers);
      this.sessions.add(link);
      return link;
    };
    const options = { url: "http://test.invalid/realtime", fetch: server.fetch, onPublishDropped: (event: Dropped) => this.dropped.push(event) };
    this.client = makeClient(contract, { ...options, tabs: (own, { http }) => sharing({ own, http, clock, group, surroundings }) }, {
      clock,
      signals: { offline: () => false, watch: () => () => undefined },
      transport: () => transport,
      report: (error) => this.errors.push(error),
      warn: (text) => this.errors.push(text),
    }, extras);
  }

  run(task: () => void): void {
    if (this.state === "awake") task();
    else if (this.state === "frozen") this.backlog.push(task);
  }

  freeze(): void {
    this.state = "frozen";
  }

  thaw(): void {
    this.state = "awake";
    for (const task of this.backlog.splice(0)) this.run(task);
  }

  /** The tab is closed, or crashes: nothing of it says goodbye. */
  kill(): void {
    this.state = "gone";
    this.browser.release(this);
    for (const session of this.sessions) session.close();
    for (const wire of [...this.browser.wires]) if (wire["tab"] === this) wire.close();
  }
}
