/** What a channel of the test's server stores, and what a position in it means. */
/** How many events a channel keeps, as a real one does unless its contract says otherwise. */
const KEPT = 1000;
/** The stored events of one channel. */
export class Log {
    events = [];
    epoch = 1;
    last = 0;
    /** The position after the newest event. */
    get cursor() {
        return this.cursorOf(this.last);
    }
    /** The number of the newest event. */
    get number() {
        return this.last;
    }
    /** The place of the next event. */
    next() {
        this.last += 1;
        return { id: this.cursor, number: this.last };
    }
    store(stored) {
        this.events.push(stored);
        if (this.events.length > KEPT)
            this.events.shift();
    }
    /** Forgets all but the newest events. */
    trim(kept) {
        this.events.splice(0, Math.max(0, this.events.length - kept));
    }
    /** Counts events that nobody can have. */
    lose(count) {
        this.last += count;
        this.trim(0);
    }
    /** Begins anew. */
    restart() {
        this.epoch += 1;
        this.last = 0;
        this.trim(0);
    }
    /** What follows a cursor. `undefined` if it is not one. */
    after(cursor) {
        const [, epoch, number] = /^test(\d+)\.(\d+)$/.exec(cursor) ?? [];
        if (epoch === undefined || number === undefined)
            return undefined;
        const from = Number(number);
        const first = this.last - this.events.length;
        if (Number(epoch) !== this.epoch)
            return { gap: { reason: "epoch" }, cursor: this.cursorOf(first), events: this.events };
        if (from > this.last)
            return { gap: { reason: "rollback" }, cursor: this.cursorOf(first), events: this.events };
        if (from < first)
            return { gap: { reason: "trimmed", missed: first - from }, cursor: this.cursorOf(first), events: this.events };
        return { cursor, events: this.events.slice(from - first) };
    }
    /** The newest events. */
    newest(count) {
        const events = count === 0 ? [] : this.events.slice(-count);
        return { cursor: this.cursorOf(this.last - events.length), events };
    }
    /** The last events before a cursor. `undefined` if it is not one. */
    before(cursor, limit) {
        const [, epoch, number] = /^test(\d+)\.(\d+)$/.exec(cursor) ?? [];
        if (epoch === undefined || number === undefined)
            return undefined;
        const [from, newest] = [Number(number), this.cursorOf(this.last)];
        if (Number(epoch) !== this.epoch)
            return { gap: { reason: "epoch" }, cursor: newest, events: [] };
        const events = this.events.filter(({ entry }) => (entry.number ?? 0) < from).slice(-limit);
        if (from > this.last)
            return { gap: { reason: "rollback" }, cursor: newest, events };
        const missed = from - 1 - (events.at(-1)?.entry.number ?? 0);
        return { ...(missed > 0 && { gap: { reason: "trimmed", missed } }), cursor: newest, events };
    }
    cursorOf(number) {
        return `test${this.epoch}.${number}`;
    }
}
/** The number of the last event that a cursor covers. `undefined` if it is not a cursor. */
export function numberOf(cursor) {
    const [, number] = /^test\d+\.(\d+)$/.exec(cursor) ?? [];
    return number === undefined ? undefined : Number(number);
}
