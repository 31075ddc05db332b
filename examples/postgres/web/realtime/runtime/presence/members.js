/** Who is on a channel, as the numbered frames of the server say it. */
import { isObject } from "../values.js";
/** The members of one channel. */
export class Members {
    /** In the order in which they came. The same list as long as nobody changes. */
    list = [];
    /** The same list as long as nobody comes or goes. */
    ids = [];
    read;
    byId = new Map();
    /** The number of the last frame; `undefined` while the next one must be the whole roster. */
    number;
    constructor(read) {
        this.read = read;
    }
    /** Whether the roster is known. */
    get isKnown() {
        return this.number !== undefined;
    }
    get(id) {
        return this.byId.get(id);
    }
    /** Takes a frame. */
    take({ number, members, joined, changed, left }) {
        const touched = new Set();
        if (typeof number !== "number")
            return touched;
        if (Array.isArray(members)) {
            this.replace(members, touched);
        }
        else {
            // A roster is on its way, or brought this change already.
            if (this.number === undefined || number <= this.number)
                return touched;
            if (number !== this.number + 1)
                return "refresh";
            for (const member of [...listOf(joined), ...listOf(changed)])
                this.put(member, touched);
            for (const id of listOf(left))
                if (this.byId.delete(String(id)))
                    touched.add(String(id));
        }
        this.number = number;
        this.arrange(touched);
        return touched;
    }
    /** Numbers may go on elsewhere: the next frame must be the whole roster. What is known stays until then. */
    forget() {
        this.number = undefined;
    }
    /** Nobody is known any more. */
    clear() {
        const touched = new Set(this.byId.keys());
        this.byId.clear();
        this.forget();
        this.arrange(touched);
        return touched;
    }
    replace(members, touched) {
        const before = new Set(this.byId.keys());
        for (const member of members)
            before.delete(this.put(member, touched) ?? "");
        for (const id of before) {
            this.byId.delete(id);
            touched.add(id);
        }
    }
    put(value, touched) {
        const member = this.memberOf(value);
        if (member === undefined)
            return undefined;
        const before = this.byId.get(member.id);
        // A member that is as it was stays the same object, so that whoever shows it has nothing to do.
        if (before !== undefined && JSON.stringify(before) === JSON.stringify(member))
            return member.id;
        this.byId.set(member.id, member);
        touched.add(member.id);
        return member.id;
    }
    memberOf(value) {
        if (!isObject(value))
            return undefined;
        const { id, user = null, connections, since, state } = value;
        const read = this.read(state);
        if (typeof id !== "string" || read === undefined)
            return undefined;
        return { id, user: typeof user === "string" ? user : null, connections: typeof connections === "number" ? connections : 1, since: typeof since === "number" ? since : 0, state: read.state };
    }
    arrange(touched) {
        if (touched.size === 0)
            return;
        this.list = [...this.byId.values()].sort((one, other) => one.since - other.since || (one.id < other.id ? -1 : 1));
        const ids = this.list.map(({ id }) => id);
        if (ids.length !== this.ids.length || ids.some((id, at) => id !== this.ids[at]))
            this.ids = ids;
    }
}
function listOf(value) {
    return Array.isArray(value) ? value : [];
}
