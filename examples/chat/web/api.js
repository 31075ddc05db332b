/** What the page asks of the service. What the service tells the page comes through `./realtime` instead. */

/** A request that was not done, in words for the person who made it. */
export class ApiError extends Error {
  name = "ApiError";
}

/** A request that takes longer than this counts as failed, in milliseconds. */
const PATIENCE = 10_000;

/**
 * Publishes a message.
 *
 * @param {string} room
 * @param {import("./realtime/index.js").MessageSent} message
 * @returns {Promise<{ id: string, number: number, time: number }>} where the message is stored
 * @throws {ApiError} if the service refused, or did not answer; in the latter case the message may have been stored
 */
export async function sendMessage(room, message) {
  const answer = await post(`/api/rooms/${encodeURIComponent(room)}/messages`, message);
  return answer.json();
}

/**
 * @param {string} path
 * @param {object} body
 */
async function post(path, body) {
  const request = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body), signal: AbortSignal.timeout(PATIENCE) };
  const answer = await fetch(path, request).catch(() => {
    throw new ApiError("the server did not answer");
  });
  if (answer.ok) return answer;
  const refusal = await answer.json().catch(() => undefined);
  throw new ApiError(refusal?.error?.message ?? `the server answered ${answer.status}`);
}
