/** A live query as one user of it sees it: accumulated or not, and with something to show before the first value. */

import { guarded } from "../news.js";
import type { LiveError, LiveStatus, Source } from "./source.js";

/** What a user of a live query sees at one moment. The same object as long as nothing changes. */
export interface LiveState<Data> {
  /** The newest good value, or what was accumulated; before the first one what `fallback` or `initial` says. */
  readonly data: Data;
  /** Whether that is current. */
  readonly status: LiveStatus;
  /** Why it is not, where the status is `error` or `closed`. */
  readonly error: LiveError | undefined;
}

/** How one user sees it. */
export interface ViewOptions {
  readonly fallback?: unknown;
  readonly initial?: unknown;
  readonly reduce?: ((all: unknown, data: unknown, ...event: readonly unknown[]) => unknown) | undefined;
  readonly enabled?: boolean | undefined;
}

/** What a view works with. */
export interface ViewParts {
  /** Equal for views of the same, whatever they make of it. */
  readonly key: string;
  readonly options: ViewOptions;
  /** Where values come from, if somebody asked for them already. */
  readonly find: () => Source | undefined;
  /** The same, and asks for them. */
  readonly enter: () => Source;
  /** Changes when what was shown is not this user's. */
  readonly era: () => number;
  readonly report: (error: unknown) => void;
}

/** One user's view. */
export class View {
  readonly key: string;
  private readonly parts: ViewParts;
  private readonly listeners = new Set<() => void>();
  private leave: (() => void) | undefined;
  private state: LiveState<unknown> | undefined;
  private data: unknown;
  private seen = 0;
  private era: number;

  constructor(parts: ViewParts) {
    this.key = parts.key;
    this.parts = parts;
    this.era = parts.era();
    this.data = this.beginning;
    this.rendered = Object.freeze({ data: this.data, status: "connecting", error: undefined });
  }

  get current(): LiveState<unknown> {
    if (this.parts.options.enabled === false) return this.paused;
    const source = this.parts.find();
    this.follow(source);
    return this.show(source?.status ?? "connecting", source?.error);
  }

  /** The same while it is not followed. */
  get paused(): LiveState<unknown> {
    this.follow(undefined);
    return this.show("closed", undefined);
  }

  /** What a server renders. */
  readonly rendered: LiveState<unknown>;

  // Arrow functions, because bindings hand them out by themselves.
  readonly subscribe = (listener: () => void): (() => void) => {
    if (this.parts.options.enabled === false) return nothing;
    // A wrapper of its own for each call, so that one function subscribed twice is called twice and leaves once.
    const entry = (): void => listener();
    this.listeners.add(entry);
    this.leave ??= this.parts.enter().listen(this.changed);
    return () => {
      if (this.listeners.delete(entry) && this.listeners.size === 0) this.stop();
    };
  };

  readonly reload = (): Promise<void> => this.parts.find()?.reload() ?? Promise.resolve();

  readonly stop = (): void => {
    this.listeners.clear();
    this.leave?.();
    this.leave = undefined;
  };

  private readonly changed = (): void => {
    const before = this.state;
    if (this.current === before) return;
    for (const listener of [...this.listeners]) guarded(listener, undefined, this.parts.report);
  };

  private get beginning(): unknown {
    const { fallback, initial } = this.parts.options;
    return fallback === undefined ? initial : fallback;
  }

  /** Takes the newest value in, once. */
  private follow(source: Source | undefined): void {
    const { options, era, report } = this.parts;
    if (this.era !== era()) {
      this.era = era();
      this.data = this.beginning;
      this.seen = 0;
    }
    const latest = source?.latest;
    if (latest === undefined || latest.number === this.seen) return;
    const isFirst = this.seen === 0;
    this.seen = latest.number;
    const { reduce } = options;
    if (reduce === undefined) this.data = latest.data;
    else guarded(() => (this.data = reduce(isFirst ? options.initial : this.data, latest.data, ...(latest.event ?? []))), undefined, report);
  }

  private show(status: LiveStatus, error: LiveError | undefined): LiveState<unknown> {
    const { state, data } = this;
    if (state === undefined || state.data !== data || state.status !== status || state.error !== error) this.state = Object.freeze({ data, status, error });
    return this.state as LiveState<unknown>;
  }
}

function nothing(): void {
  // Who is not enabled has subscribed to nothing.
}
