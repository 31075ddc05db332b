/** Who is on the channels of the test's server. */
/** A member stays this long after its last connection went, in milliseconds. */
const GRACE = 10_000;
/** The rosters of all channels. */
export class Rosters {
    clock;
    tell;
    all = new Map();
    constructor(clock, tell) {
        this.clock = clock;
        this.tell = tell;
    }
    members(channel) {
        return [...this.of(channel).members.values()].map(memberOf);
    }
    /** The frame that holds the whole roster. */
    whole(channel) {
        return { type: "presence", channel, number: this.of(channel).number, members: this.members(channel) };
    }
    /** Somebody appears, or shows another state. */
    show(channel, source, id, user, state) {
        const roster = this.of(channel);
        const known = roster.members.get(id);
        const member = known ?? { id, user, since: this.clock.now(), state, sources: new Set() };
        member.state = state;
        member.sources.add(source);
        roster.members.set(id, member);
        this.change(channel, roster, { [known === undefined ? "joined" : "changed"]: [memberOf(member)] });
    }
    /** One connection shows nothing any more. */
    hide(channel, source) {
        const roster = this.of(channel);
        for (const member of [...roster.members.values()]) {
            if (!member.sources.delete(source))
                continue;
            if (member.sources.size > 0)
                this.change(channel, roster, { changed: [memberOf(member)] });
            else
                this.remove(channel, member.id);
        }
    }
    /** A member goes, whatever shows it. */
    remove(channel, id) {
        const roster = this.of(channel);
        if (roster.members.delete(id))
            this.change(channel, roster, { left: [id] });
    }
    /** A connection was cut: it may come back. `isBack` tells whether it did. */
    cut(source, isBack) {
        const channels = [...this.all].filter(([, { members }]) => [...members.values()].some(({ sources }) => sources.has(source)));
        if (channels.length === 0)
            return;
        this.clock.after(GRACE, () => {
            if (!isBack())
                for (const [channel] of channels)
                    this.hide(channel, source);
        });
    }
    change(channel, roster, what) {
        roster.number += 1;
        this.tell(channel, { type: "presence", number: roster.number, ...what });
    }
    of(channel) {
        const known = this.all.get(channel) ?? { number: 0, members: new Map() };
        this.all.set(channel, known);
        return known;
    }
}
function memberOf({ id, user, since, state, sources }) {
    return { id, user, connections: sources.size, since, state };
}
