/** Turns the event frames of the wire into events of the contract: known by name, checked, counted. */

import type { ContractData, EventSpec, Meta } from "./contract.js";
import { PayloadError } from "./errors.js";
import type { EventFrame } from "./frames.js";
import type { Issue } from "./issues.js";
import { filled, payloadIssues } from "./validate.js";

/** What happens to an event whose data violates the contract: left out, left out and reported as an uncaught error, or handed on as it is. */
export type OnInvalid = "drop" | "throw" | "pass";

/** What came and was not handed on, since the client was made. */
export interface Counters {
  /** Events whose data violates the contract. */
  readonly invalid: number;
  /** Events, and frames, that this version of the contract or of the protocol does not know. */
  readonly unknown: number;
  /** Events that had been handed out before. */
  readonly duplicate: number;
  /** Text that is not a frame. */
  readonly malformed: number;
}

/** An event without its type: the members of {@link DataEvent} or {@link SignalEvent}. */
export interface AnyEvent {
  readonly channel: string;
  readonly event: string;
  readonly data?: unknown;
  readonly meta: Meta;
}

/** What the intake works with, and whom it tells. */
export interface IntakeOptions {
  readonly contract: ContractData;
  readonly onInvalid: OnInvalid;
  readonly warn: (text: string) => void;
  /** The public name of this client's session. */
  readonly self: () => string | undefined;
}

/** Reads events and keeps count of those that are not handed on. */
export class Intake {
  /** What was not handed on. */
  readonly counters: { -readonly [Name in keyof Counters]: Counters[Name] } = { invalid: 0, unknown: 0, duplicate: 0, malformed: 0 };
  private readonly options: IntakeOptions;
  private readonly warned = new Set<string>();

  constructor(options: IntakeOptions) {
    this.options = options;
  }

  /**
   * The event that a frame holds. `undefined` if it is unknown, or its data is invalid and the policy is to drop.
   *
   * @throws {@link PayloadError} if the data is invalid and the policy is to throw.
   */
  read(pattern: string, frame: EventFrame): AnyEvent | undefined {
    const spec = this.spec(pattern, frame.event);
    if (spec === undefined) {
      this.counters.unknown += 1;
      return undefined;
    }
    const issues = payloadIssues(spec, frame.data);
    const valid = issues.length === 0;
    if (!valid && !this.invalid(frame.channel, frame.event, issues)) return undefined;
    const { channel, event, id, number, time, sender, origin } = frame;
    const self = origin !== undefined && origin === this.options.self();
    const head = { channel, event, meta: { channel, event, id, number, time, sender, self } };
    return Object.hasOwn(frame, "data") ? { ...head, data: valid ? filled(spec, frame.data) : frame.data } : head;
  }

  /**
   * What came violates the contract. Whether it is handed on all the same.
   *
   * @throws {@link PayloadError} if the policy is to throw.
   */
  invalid(channel: string, event: string, issues: readonly Issue[]): boolean {
    this.counters.invalid += 1;
    if (this.options.onInvalid === "pass") return true;
    const error = new PayloadError(channel, event, issues);
    if (this.options.onInvalid === "throw") throw error;
    this.warnOnce(event, `${error.message}; it is dropped, and so are others without another warning`);
    return false;
  }

  private spec(pattern: string, event: string): EventSpec | undefined {
    const events = this.options.contract.channels[pattern]?.events;
    return events !== undefined && Object.hasOwn(events, event) ? events[event] : undefined;
  }

  private warnOnce(topic: string, text: string): void {
    if (this.warned.has(topic)) return;
    this.warned.add(topic);
    this.options.warn(text);
  }
}
