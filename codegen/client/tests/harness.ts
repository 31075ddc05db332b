import { type Client, type Extras, type Internals, makeClient } from "../src/client.js";
import type { ClientOptions } from "../src/options.js";
import type { Signals } from "../src/platform.js";
import type { Dropped } from "../src/publication.js";
import type { Status } from "../src/status.js";
import { exchange, openingOf } from "../src/exchange.js";
import { liveQueries } from "../src/live.js";
import { presences } from "../src/presence.js";
import { type Channels, type ConnectionTypes, contract } from "./generated/contract.js";
import { FakeClock } from "./fake-clock.js";
import { FakeServer } from "./fake-server.js";

/** A browser's signals, given by the test. */
export class FakeSignals implements Signals {
  isOffline = false;
  watchers = 0;
  private onOffline: () => void = () => undefined;
  private onWake: () => void = () => undefined;

  offline(): boolean {
    return this.isOffline;
  }

  watch(onOffline: () => void, onWake: () => void): () => void {
    this.watchers += 1;
    this.onOffline = onOffline;
    this.onWake = onWake;
    return () => {
      this.watchers -= 1;
    };
  }

  goOffline(): void {
    this.isOffline = true;
    this.onOffline();
  }

  goOnline(): void {
    this.isOffline = false;
    this.onWake();
  }

  /** Somebody looks at the page again. */
  wake(): void {
    this.onWake();
  }
}

/** A client whose surroundings are all in the hands of the test. */
export interface Harness {
  readonly client: Client<Channels, ConnectionTypes>;
  readonly clock: FakeClock;
  readonly server: FakeServer;
  readonly signals: FakeSignals;
  readonly errors: unknown[];
  readonly warnings: string[];
  /** What was given up without anybody waiting. */
  readonly dropped: Dropped[];
  /** Every status that was entered. */
  readonly statuses: Status[];
  /** Lets the set of channels settle, so that the client opens its link. */
  settle(): void;
}

/** What a generated package adds for this contract. */
export const extras: Extras = { extensions: [exchange, liveQueries, presences], openingOf };

export function harness(options: Partial<ClientOptions> = {}, internals: Partial<Internals> = {}): Harness {
  const clock = new FakeClock();
  const server = new FakeServer();
  server.contract = contract.hash;
  const signals = new FakeSignals();
  const errors: unknown[] = [];
  const warnings: string[] = [];
  const dropped: Dropped[] = [];
  const client = makeClient(contract, { url: "/realtime", onPublishDropped: (event) => dropped.push(event), ...options }, {
    clock,
    signals,
    transport: () => server.transport,
    report: (error) => errors.push(error),
    warn: (text) => warnings.push(text),
    ...internals,
  }, extras);
  const statuses: Status[] = [];
  client.status.subscribe(() => {
    const { status } = client.status.get();
    if (statuses.at(-1) !== status) statuses.push(status);
  });
  return { client, clock, server, signals, errors, warnings, dropped, statuses, settle: () => clock.pass(300) };
}
