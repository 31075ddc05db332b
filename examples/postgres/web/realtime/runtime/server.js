/** The service from another service: publishing, history and revocation over HTTP, with a key. It needs no connection, and nothing but `fetch`. */
import { Addresses } from "./address.js";
import { PayloadError, RefusedError as Refused, refusal } from "./errors.js";
import { parseObject, readError } from "./frames.js";
import { fetchPage } from "./history.js";
import { readRefusal, request, WRONG_PLACE } from "./http.js";
import { Intake } from "./intake.js";
import { platform, systemClock, warn } from "./platform.js";
import { readPublished } from "./publisher.js";
import { isObject } from "./values.js";
import { payloadIssues } from "./validate.js";
export { authHandlerFactory } from "./server/auth-handler.js";
/** An answer that takes longer than this, in milliseconds, is not awaited. */
const PATIENCE = 10_000;
/** Binds `createServer` to a contract; what a generated package calls. */
export function serverFactory(contract) {
    const addresses = new Addresses(contract);
    return ({ url, key, fetch }) => {
        const http = { url, contract: contract.hash, headers: () => ({ authorization: `Bearer ${key}` }), ...(fetch && { fetch }) };
        const intake = new Intake({ contract, onInvalid: "pass", warn, self: () => undefined });
        const server = {
            channel(pattern, params) {
                const name = addresses.name(pattern, params);
                const event = (of, data, options = {}) => checked(contract, pattern, { ...options, channel: name, event: of, data });
                return {
                    name,
                    event,
                    // Not async: bad data throws at once.
                    publish: (...message) => post(http, "/publish", event(...message)).then(published),
                    async history(query = {}) {
                        const { events, cursor, gap } = await fetchPage(http, name, query, systemClock);
                        const known = events.flatMap((frame) => intake.read(pattern, frame) ?? []);
                        return gap === undefined ? { events: known, cursor } : { events: known, cursor, gap };
                    },
                };
            },
            async publishBatch(events) {
                const { receipts } = await post(http, "/publish", { events });
                if (!Array.isArray(receipts))
                    throw STRANGE;
                return receipts.map((receipt) => {
                    const error = readError(isObject(receipt) ? receipt["error"] : undefined);
                    return error === undefined ? published(receipt) : refusal(error);
                });
            },
            revoke: async (revocation) => void (await post(http, "/revoke", plain(revocation))),
            revokeBatch: async (revocations) => void (await post(http, "/revoke", { revocations: revocations.map(plain) })),
            restore: async (revocation) => void (await post(http, "/restore", plain(revocation))),
        };
        // The one step from names to types, as in the client.
        return server;
    };
}
function checked({ channels }, pattern, event) {
    const { events = {} } = channels[pattern] ?? {};
    const spec = Object.hasOwn(events, event.event) ? events[event.event] : undefined;
    if (spec?.publish.includes("server") !== true)
        throw new RangeError(`the service publishes no event \`${event.event}\` on \`${pattern}\``);
    const issues = payloadIssues(spec, event.data);
    if (issues.length > 0)
        throw new PayloadError(event.channel, event.event, issues);
    return event;
}
function plain({ user, channel, seconds }) {
    return { user, channel: typeof channel === "object" ? channel.name : channel, seconds };
}
function published(receipt) {
    if (!isObject(receipt))
        throw STRANGE;
    return readPublished(receipt);
}
async function post(http, path, body) {
    const controller = new platform.AbortController();
    const cancel = systemClock.after(PATIENCE, () => controller.abort());
    try {
        const headers = { accept: "application/json", "content-type": "application/json" };
        const response = await request(http, path, { method: "POST", headers, body: JSON.stringify(body), signal: controller.signal });
        if (response.status !== 200)
            throw await readRefusal(response, systemClock.now());
        const answer = parseObject(await response.text());
        if (answer === undefined)
            throw STRANGE;
        return answer;
    }
    finally {
        cancel();
    }
}
const STRANGE = new Refused({ name: "not_tidewire", message: "the answer is not one of a Tidewire server", hint: WRONG_PLACE }, "back_off");
