/** Signing in without being asked: whoever comes gets a name at once, and may choose another one. */

import { someName } from "./names.js";

/**
 * Signs in under the name that this browser had, or under some name. Goes on until that is done.
 *
 * @param {import("./identity.js").Identity} identity
 */
export async function arrive(identity) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      if (!(await identity.recall())) await identity.signIn(identity.remembered || someName());
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, Math.min(8000, 500 * 2 ** attempt)));
    }
  }
}

/**
 * The `token` of a client whose page began under a name. It is asked for before each connection, and there is none: the cookie says who this is. But a server that
 * was restarted knows nobody.
 *
 * @param {import("./identity.js").Identity} identity
 * @param {() => string} began
 */
export const stillHere = (identity, began) => async () => {
  if (!(await identity.recall())) await identity.signIn(began());
  return undefined;
};
