/** What this browser remembers. A browser may refuse to, for example in a private window; then the page forgets, and works. */

/** @typedef {{ read(key: string): unknown, write(key: string, value: unknown): void }} Store */

/** Remembered for good: the name, the rooms, how far each room was read. */
export const lasting = store(() => localStorage);

/** Remembered until the tab is closed: what was written and not sent. */
export const passing = store(() => sessionStorage);

/**
 * @param {() => Storage} area - A function, because merely naming the storage can throw.
 * @returns {Store}
 */
function store(area) {
  return {
    read(key) {
      try {
        return JSON.parse(area().getItem(`chat.${key}`) ?? "null") ?? undefined;
      } catch {
        return undefined;
      }
    },
    write(key, value) {
      try {
        if (value === undefined) area().removeItem(`chat.${key}`);
        else area().setItem(`chat.${key}`, JSON.stringify(value));
      } catch {
        // Full or forbidden: nothing on the page depends on it.
      }
    },
  };
}
