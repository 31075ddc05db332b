/** The values of live queries on the test's server: a test sets them, where a service would load them. */
import { canonical } from "../checks/canonical.js";
import { codes } from "../codes.js";
import { PayloadError } from "../errors.js";
import { filled, payloadIssues } from "../validate.js";
const FAILURES = {
    live_failed: { code: 4107, name: "live_failed", message: "the loader of a live query failed; the last value stands" },
    live_timeout: { code: 4108, name: "live_timeout", message: "the loader of a live query took too long; the last value stands" },
};
/** The live queries of the server. */
export class LiveValues {
    contract;
    tell;
    all = new Map();
    keys = new Map();
    constructor(contract, tell) {
        this.contract = contract;
        this.tell = tell;
    }
    /** The pattern of a query's channel; `undefined` where there is no such query. */
    specOf(name) {
        const { live = {} } = this.contract;
        return Object.hasOwn(live, name) ? live[name] : undefined;
    }
    /**
     * What a query is called on the wire.
     *
     * @throws {@link PayloadError} if its parameters violate the contract.
     */
    key(name, channel, given) {
        const spec = this.specOf(name)?.params;
        const params = spec === undefined ? given : (given ?? {});
        const issues = spec === undefined && params === undefined ? [] : payloadIssues(spec ?? {}, params);
        if (issues.length > 0)
            throw new PayloadError(channel, name, issues);
        const id = `${name} ${channel} ${canonical(filled(spec ?? {}, params))}`;
        const key = this.keys.get(id) ?? `live-${this.keys.size + 1}`;
        this.keys.set(id, key);
        return key;
    }
    /** Sets a value, and tells it if it is another one. */
    set(key, name, channel, data) {
        const value = data === undefined ? undefined : JSON.parse(JSON.stringify(data));
        const issues = payloadIssues(this.specOf(name)?.result ?? {}, value);
        if (issues.length > 0)
            throw new PayloadError(channel, name, issues);
        const entry = this.of(key);
        entry.version += 1;
        entry.told = { version: String(entry.version), data: value };
        this.send(key, entry.told);
    }
    fail(key, failure) {
        this.send(key, { error: FAILURES[failure] });
    }
    reloads(key) {
        return this.of(key).reloads;
    }
    /** What somebody who asks is answered, if there is anything to say. */
    answer(key, { version }) {
        const { told } = this.of(key);
        if (told === undefined)
            return undefined;
        const same = version !== undefined && told.version === version;
        return { type: "live", key, ...(same ? { version } : told) };
    }
    /** Somebody wants it anew. */
    reload(key) {
        this.of(key).reloads += 1;
        return this.answer(key, {});
    }
    send(key, frame) {
        this.tell(key, { type: "live", key, ...frame });
    }
    of(key) {
        const known = this.all.get(key) ?? { version: 0, told: undefined, reloads: 0 };
        this.all.set(key, known);
        return known;
    }
}
/** The refusal of a query that the contract does not have. */
export const UNKNOWN_LIVE = { code: 4019, name: "unknown_live", message: "the contract has no such live query" };
/** The refusal of parameters. */
export function invalidParams(message) {
    return { code: codes.invalid_payload, name: "invalid_payload", message };
}
