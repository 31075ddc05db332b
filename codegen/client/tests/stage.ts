import { vi } from "vitest";
import { type Harness, harness } from "./harness.js";

export const message = (text: string): { author: string; text: string } => ({ author: "ann", text });

/** A client for the components of one test, and how often they subscribed so far. */
export function stage(): Harness & { readonly subscribed: () => number } {
  const parts = harness();
  let count = 0;
  const channel = parts.client.channel.bind(parts.client) as (...given: unknown[]) => Record<"on" | "onAny", (...given: unknown[]) => () => void>;
  const counted = (...given: unknown[]): unknown => {
    const made = channel(...given);
    for (const name of ["on", "onAny"] as const) {
      const listen = made[name].bind(made);
      made[name] = (...rest) => {
        count += 1;
        return listen(...rest);
      };
    }
    return made;
  };
  vi.spyOn(parts.client, "channel").mockImplementation(counted as typeof parts.client.channel);
  return { ...parts, subscribed: () => count };
}
