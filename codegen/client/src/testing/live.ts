/** The values of live queries on the test's server: a test sets them, where a service would load them. */

import { canonical } from "../checks/canonical.js";
import { codes } from "../codes.js";
import type { ContractData, LiveSpec } from "../contract.js";
import { PayloadError } from "../errors.js";
import type { Fields } from "../frames.js";
import { filled, payloadIssues } from "../validate.js";
import type { WireRefusal } from "./session.js";

/** What is told of a live query to those who asked for it. */
export type TellLive = (key: string, frame: object) => void;

/** What failed, where a loader would have. */
export type LiveFailure = "live_failed" | "live_timeout";

const FAILURES: { readonly [F in LiveFailure]: object } = {
  live_failed: { code: 4107, name: "live_failed", message: "the loader of a live query failed; the last value stands" },
  live_timeout: { code: 4108, name: "live_timeout", message: "the loader of a live query took too long; the last value stands" },
};

interface Entry {
  version: number;
  /** What whoever asks is told: nothing before the test said something. */
  told: object | undefined;
  reloads: number;
}

/** The live queries of the server. */
export class LiveValues {
  private readonly contract: ContractData;
  private readonly tell: TellLive;
  private readonly all = new Map<string, Entry>();
  private readonly keys = new Map<string, string>();

  constructor(contract: ContractData, tell: TellLive) {
    this.contract = contract;
    this.tell = tell;
  }

  /** The pattern of a query's channel; `undefined` where there is no such query. */
  specOf(name: string): LiveSpec | undefined {
    const { live = {} } = this.contract;
    return Object.hasOwn(live, name) ? live[name] : undefined;
  }

  /**
   * What a query is called on the wire.
   *
   * @throws {@link PayloadError} if its parameters violate the contract.
   */
  key(name: string, channel: string, given: unknown): string {
    const spec = this.specOf(name)?.params;
    const params = spec === undefined ? given : (given ?? {});
    const issues = spec === undefined && params === undefined ? [] : payloadIssues(spec ?? {}, params);
    if (issues.length > 0) throw new PayloadError(channel, name, issues);
    const id = `${name} ${channel} ${canonical(filled(spec ?? {}, params))}`;
    const key = this.keys.get(id) ?? `live-${this.keys.size + 1}`;
    this.keys.set(id, key);
    return key;
  }

  /** Sets a value, and tells it if it is another one. */
  set(key: string, name: string, channel: string, data: unknown): void {
    const value: unknown = data === undefined ? undefined : JSON.parse(JSON.stringify(data));
    const issues = payloadIssues(this.specOf(name)?.result ?? {}, value);
    if (issues.length > 0) throw new PayloadError(channel, name, issues);
    const entry = this.of(key);
    entry.version += 1;
    entry.told = { version: String(entry.version), data: value };
    this.send(key, entry.told);
  }

  fail(key: string, failure: LiveFailure): void {
    this.send(key, { error: FAILURES[failure] });
  }

  reloads(key: string): number {
    return this.of(key).reloads;
  }

  /** What somebody who asks is answered, if there is anything to say. */
  answer(key: string, { version }: Fields): object | undefined {
    const { told } = this.of(key);
    if (told === undefined) return undefined;
    const same = version !== undefined && (told as { readonly version: string }).version === version;
    return { type: "live", key, ...(same ? { version } : told) };
  }

  /** Somebody wants it anew. */
  reload(key: string): object | undefined {
    this.of(key).reloads += 1;
    return this.answer(key, {});
  }

  private send(key: string, frame: object): void {
    this.tell(key, { type: "live", key, ...frame });
  }

  private of(key: string): Entry {
    const known = this.all.get(key) ?? { version: 0, told: undefined, reloads: 0 };
    this.all.set(key, known);
    return known;
  }
}

/** The refusal of a query that the contract does not have. */
export const UNKNOWN_LIVE: object = { code: 4019, name: "unknown_live", message: "the contract has no such live query" };

/** The refusal of parameters. */
export function invalidParams(message: string): WireRefusal {
  return { code: codes.invalid_payload, name: "invalid_payload", message };
}
