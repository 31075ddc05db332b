/** What this browser remembers. A browser may refuse to, for example in a private window; then the page forgets, and works. */

/** @typedef {{ read(key: string): unknown, write(key: string, value: unknown): void }} Store */

/**
 * Remembered for good.
 *
 * @param {string} app - Whose it is: cookies and storage do not know ports, so several examples may share one.
 */
export const lasting = (app) => store(app, () => localStorage);

/**
 * Remembered until the tab is closed.
 *
 * @param {string} app
 */
export const passing = (app) => store(app, () => sessionStorage);

/**
 * @param {string} app
 * @param {() => Storage} area - A function, because merely naming the storage can throw.
 * @returns {Store}
 */
function store(app, area) {
  return {
    read(key) {
      try {
        return JSON.parse(area().getItem(`${app}.${key}`) ?? "null") ?? undefined;
      } catch {
        return undefined;
      }
    },
    write(key, value) {
      try {
        if (value === undefined) area().removeItem(`${app}.${key}`);
        else area().setItem(`${app}.${key}`, JSON.stringify(value));
      } catch {
        // Full or forbidden: nothing on the page depends on it.
      }
    },
  };
}
