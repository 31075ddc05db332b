/** Who is on the channels of a client. A package brings it where the contract has channels with members. */
import { ChannelPresence } from "./presence/channel-presence.js";
import { NO_EVENT } from "./subscriptions.js";
import { filled, payloadIssues } from "./validate.js";
/** The presences of one client, by channel. */
export class Presences {
    options;
    all = new Map();
    uplink;
    constructor(options) {
        this.options = options;
    }
    get isActive() {
        return [...this.all.values()].some(({ isActive }) => isActive);
    }
    /**
     * Who is on a channel.
     *
     * @throws RangeError if the contract's channel has no members, which the types already rule out.
     */
    of(pattern, name) {
        const known = this.all.get(name);
        if (known !== undefined)
            return known;
        const { contract, clock, intake, subscriptions, self, onNeed, report } = this.options;
        const spec = contract.channels[pattern]?.presence;
        if (spec === undefined)
            throw new RangeError(`\`${pattern}\` has no members`);
        const read = (state) => {
            const issues = payloadIssues(spec, state);
            if (issues.length === 0)
                return { state: filled(spec, state) };
            try {
                return intake.invalid(name, "presence", issues) ? { state } : undefined;
            }
            catch (error) {
                report(error);
                return undefined;
            }
        };
        const watch = () => subscriptions.listen(pattern, name, { event: NO_EVENT, presence: true, call: ignore }, {});
        const made = new ChannelPresence({ ...{ name, spec, clock, read, self, watch, onNeed, report }, isSubscribed: () => subscriptions.has(name) });
        this.all.set(name, made);
        if (this.uplink !== undefined)
            made.up(this.uplink);
        return made;
    }
    begin() {
        // Rosters come by themselves.
    }
    channel(pattern, name) {
        return this.options.contract.channels[pattern]?.presence && { presence: () => this.of(pattern, name) };
    }
    accept(fields) {
        const { type, channel } = fields;
        if (type !== "presence")
            return false;
        this.all.get(String(channel))?.accept(fields);
        return true;
    }
    up(uplink) {
        this.uplink = uplink;
        for (const presence of this.all.values())
            presence.up(uplink);
    }
    down(final) {
        this.uplink = undefined;
        for (const presence of this.all.values())
            presence.down(final);
    }
    left(name, error) {
        this.all.get(name)?.left(error);
    }
}
function ignore() {
    // Who wants members alone wants no events.
}
/** Makes the presences of a client; what a package hands to its clients. */
export const presences = (parts) => new Presences(parts);
