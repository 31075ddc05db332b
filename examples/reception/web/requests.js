/** Requests to the service, and what becomes of them. */

/** A request that was not done, in words for the person who made it. */
export class RequestError extends Error {
  name = "RequestError";

  /**
   * @param {string} message
   * @param {number} [status] - `undefined` if there was no answer.
   * @param {any} [body] - The answer, where it was JSON.
   */
  constructor(message, status, body) {
    super(message);
    this.status = status;
    this.body = body;
  }
}

/** A request that takes longer than this counts as failed, in milliseconds. */
const PATIENCE = 10_000;

/**
 * Asks, and reads the JSON of the answer.
 *
 * @param {"GET" | "POST" | "DELETE"} method
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<any>}
 * @throws {RequestError} if the service refused, or did not answer; in the latter case it may have been done
 */
export async function ask(method, path, body) {
  const content = body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(path, { method, ...content, signal: AbortSignal.timeout(PATIENCE) }).catch(() => {
    throw new RequestError("the server did not answer");
  });
  const json = answer.status === 204 ? undefined : await answer.json().catch(() => undefined);
  if (answer.ok) return json;
  throw new RequestError(json?.error?.message ?? `the server answered ${answer.status}`, answer.status, json);
}
