/** What the bindings of every framework share: their types, and the client as they use it. */
/** A binding was used where there is no client. Its message says how the framework in use gives one to a part of the page. */
export class MissingProviderError extends Error {
    name = "MissingProviderError";
    constructor(binding, cure) {
        super(`${binding} needs a client: ${cure}`);
    }
}
/** Subscribes to one event of a channel, or to all. Who gets an event is asked when it comes, so that handlers may change meanwhile. */
export function listen(channel, event, handlers, { after, last }) {
    if (event !== undefined)
        return channel.on(event, (data, meta) => handlerOf(handlers(), event)?.(data, meta), { after, last });
    return channel.onAny(({ event: name, data, meta }) => handlerOf(handlers(), name)?.(data, meta), { after, last });
}
function handlerOf(handlers, event) {
    if (typeof handlers === "function")
        return handlers;
    return handlers !== undefined && Object.hasOwn(handlers, event) ? handlers[event] : undefined;
}
/** The channels of a list by their names, so that one that stands in it twice is subscribed once. */
export function channelsOf(client, { channels = ["default"] }) {
    const each = channels.map((input) => (typeof input === "string" ? client.channel(input) : client.channel(input.pattern, input.params)));
    return new Map(each.map((channel) => [channel.name, channel]));
}
/** Hands an event of several channels on, if it is one of those that are asked for. */
export function handOn({ events, onData }, event) {
    if (events === undefined || events.includes(event.event))
        onData?.({ ...event, id: event.meta.id });
}
/**
 * Who is on a channel.
 *
 * @throws RangeError if the channel has no members, which the types already rule out.
 */
export function presenceOf(client, pattern, params) {
    const presence = client.channel(pattern, params).presence?.();
    if (presence === undefined)
        throw new RangeError(`\`${pattern}\` has no members`);
    return presence;
}
/** The members where nobody is known. */
export const NOBODY = Object.freeze([]);
/** Calls back when a channel is refused, and when it is not any longer: what ends a denial is the beginning of the next try, with or without a hole. */
export function watchDenial(channel, changed) {
    const offs = [channel.onDenied(changed), channel.onSubscribed(changed), channel.onGap(changed)];
    return () => offs.forEach((off) => off());
}
/** What a component shows of a connection and one of its channels. */
export function channelStatus(status, denied) {
    return denied !== undefined && status === "connected" ? "denied" : status;
}
