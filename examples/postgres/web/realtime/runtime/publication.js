/** One event on its way to the server, and the promise of its place there. */
import { RefusedError } from "./errors.js";
import { ObservedPromise } from "./observed-promise.js";
import { platform } from "./platform.js";
/** An event until its outcome is known. */
export class Publication {
    parts;
    promise;
    /** Its members as JSON, made at once: what happens to the data afterwards does not matter. The key is the same on every try. */
    members;
    /** Whether it was sent and its reply is out. */
    isSent = false;
    /** Whether it may have been stored: it was sent once, and nobody knows what became of it. */
    isUncertain = false;
    /** What the last try ended with. */
    failure;
    followers = [];
    deferred;
    constructor(parts) {
        const { channel, event, data, excludeSelf } = parts;
        this.parts = parts;
        this.deferred = ObservedPromise.make();
        this.promise = this.deferred;
        const frame = { type: "publish", channel, event, data, key: randomKey(), ...(excludeSelf ? { excludeSelf } : {}) };
        this.members = JSON.stringify(frame).slice(1, -1);
    }
    /** Whether anybody waits for the outcome. */
    get isObserved() {
        return this.deferred.isObserved;
    }
    /** Takes the place of an older one, which gets this one's outcome. */
    replace(older) {
        this.followers.push(older, ...older.followers.splice(0));
    }
    /** All that get the same outcome. */
    get all() {
        return [this, ...this.followers];
    }
    resolve(published) {
        for (const { deferred } of this.all)
            deferred.resolve(published);
    }
    reject(error) {
        for (const { deferred } of this.all)
            deferred.reject(error);
    }
}
/** An error of this client, which no server numbered. */
export function givenUp(name, message, retry) {
    return new RefusedError({ name, message }, retry);
}
/** 128 random bits as 22 characters of base64url. */
function randomKey() {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const bytes = new Uint8Array(22);
    // Without it a key is only as good as chance, which is enough to tell one's own events apart.
    if (platform.crypto === undefined)
        bytes.forEach((_, at) => (bytes[at] = Math.floor(Math.random() * 256)));
    else
        platform.crypto.getRandomValues(bytes);
    return Array.from(bytes, (byte) => alphabet[byte & 63]).join("");
}
