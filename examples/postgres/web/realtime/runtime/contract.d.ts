/**
 * The contract as data, and the types that are derived from a map of channels.
 *
 * A generated package declares one interface, `Channels`, and one constant of type {@link Contract}. Everything typed in this runtime is an
 * index into that interface, which costs the compiler next to nothing however many events there are.
 */
import type { Check } from "./checks/check.js";
/** What a channel looks like in the map that a generated package declares. */
export interface ChannelShape {
    /** The parameters of the pattern; `undefined` for a channel without parameters. */
    readonly params: object | undefined;
    /** The payload of each event by its name; `void` for a signal. */
    readonly events: object;
    /** The names of the events that clients may publish; `never` for none. */
    readonly publishes: string;
    /** The names of the events that the service may publish; all that clients may not, where it is absent. */
    readonly serves?: string;
    /** What a member shows of itself; absent where nobody is present. */
    readonly presence?: unknown;
}
/** What passes between one client and the service besides events. */
export interface ConnectionShape {
    /** What clients ask the service: requests and replies by name. */
    readonly calls: object;
    /** What the service asks one client. */
    readonly answers: object;
    /** What a client says of itself when it connects; `undefined` for nothing. */
    readonly opening: unknown;
    /** What the service says to begin with; `undefined` for nothing. */
    readonly greeting: unknown;
    /** The live queries by name; absent where there are none. */
    readonly live?: object;
}
/** A live query as a map of live queries has it. */
export interface LiveShape {
    /** The pattern of the channel whose parameters it takes. */
    readonly channel: string;
    /** What it takes besides; `undefined` for nothing. */
    readonly params: unknown;
    /** What it yields. */
    readonly data: unknown;
}
/** A contract that says nothing of all that. */
export interface PlainConnection {
    readonly calls: Nothing;
    readonly answers: Nothing;
    readonly opening: undefined;
    readonly greeting: undefined;
}
/** No names at all. */
export type Nothing = {
    readonly [name in never]: unknown;
};
/** A call as a map of calls has it. */
export interface CallShape {
    /** What is asked with; `void` for nothing. */
    readonly request: unknown;
    /** What is answered; `void` for nothing. */
    readonly reply: unknown;
}
/** The constraint on a map of channels. Mapped over its own keys, because an interface has no index signature. */
export type ChannelMap<C> = {
    readonly [P in keyof C]: ChannelShape;
};
/** The patterns of a contract's channels, such as `"chat/{roomId}"`. */
export type Pattern<C> = keyof C & string;
/** The parameters of a channel: an object, or `undefined` for a channel without any. */
export type Params<C extends ChannelMap<C>, P extends Pattern<C>> = C[P]["params"];
/** The events of a channel: payloads by event name. */
export type Events<C extends ChannelMap<C>, P extends Pattern<C>> = C[P]["events"];
/** The names of a channel's events. */
export type EventName<C extends ChannelMap<C>, P extends Pattern<C>> = keyof C[P]["events"] & string;
/** What an event carries; `void` for a signal. */
export type Payload<C extends ChannelMap<C>, P extends Pattern<C>, E extends EventName<C, P>> = C[P]["events"][E];
/** The names of a channel's events that clients may publish. */
export type Publishable<C extends ChannelMap<C>, P extends Pattern<C>> = C[P]["publishes"] & EventName<C, P>;
/** The patterns of the channels that have members. */
export type PresencePattern<C extends ChannelMap<C>> = {
    readonly [P in Pattern<C>]: C[P] extends {
        readonly presence: unknown;
    } ? P : never;
}[Pattern<C>];
/** What a member of a channel shows of itself; `never` where the channel has no members. */
export type PresenceState<C extends ChannelMap<C>, P extends Pattern<C>> = C[P] extends {
    readonly presence: infer State;
} ? State : never;
/** What is known about an event besides its payload. */
export interface Meta {
    /** The name of the channel, such as `chat/42`. */
    readonly channel: string;
    /** The name of the event, such as `message.sent`. */
    readonly event: string;
    /** Identifies the event, and is the cursor that continues after it. `null` for an event that is not stored. */
    readonly id: string | null;
    /** The position among the channel's stored events. `null` for an event that is not stored. Gaps in it mean nothing: only a gap does. */
    readonly number: number | null;
    /** The server's clock when the event was published, in milliseconds since 1970. */
    readonly time: number;
    /** Who published it; `null` for the server itself. */
    readonly sender: string | null;
    /** Whether this client published it. */
    readonly self: boolean;
}
/** Receives the payload of one event, and what is known about it. For a signal `data` is `undefined`. */
export type Handler<Data> = (data: Data, meta: Meta) => void;
/** An event with a payload, as `onAny` and `history` hand it out. */
export interface DataEvent<Name, Data> {
    /** The name of the channel, such as `chat/42`. */
    readonly channel: string;
    /** The name of the event; tells the members of the union apart. */
    readonly event: Name;
    /** What the event carries. */
    readonly data: Data;
    /** What is known about the event besides its payload. */
    readonly meta: Meta;
}
/** A signal, as `onAny` and `history` hand it out: there is no `data`. */
export interface SignalEvent<Name> {
    /** The name of the channel, such as `chat/42`. */
    readonly channel: string;
    /** The name of the event; tells the members of the union apart. */
    readonly event: Name;
    /** What is known about the event. */
    readonly meta: Meta;
}
/** The events of a channel as a union that `event` discriminates; all of them, or those named by `E`. */
export type ChannelEvent<C extends ChannelMap<C>, P extends Pattern<C>, E extends EventName<C, P> = EventName<C, P>> = {
    readonly [Name in E]: [C[P]["events"][Name]] extends [void] ? SignalEvent<Name> : DataEvent<Name, C[P]["events"][Name]>;
}[E];
/** The tail of a call that names a channel: the parameters, which are left out exactly when the channel has none. */
export type ParamsArgument<C extends ChannelMap<C>, P extends Pattern<C>> = undefined extends C[P]["params"] ? readonly [params?: undefined] : readonly [params: C[P]["params"]];
/** A compiled contract. Generated packages print it: names, and the check of everything that has one. */
export interface Contract<C extends ChannelMap<C>, K extends ConnectionShape = PlainConnection> {
    /** The name of the contract, such as `acme-live`. */
    readonly name: string;
    /** 128 bits over everything that matters on the wire, in hex. Client and server compare it when they connect. */
    readonly hash: string;
    /** The channels by their patterns. */
    readonly channels: {
        readonly [pattern: string]: ChannelSpec;
    };
    /** The calls by their names; absent where there are none. */
    readonly calls?: {
        readonly [name: string]: CallSpec;
    };
    /** The live queries by their names; absent where there are none. */
    readonly live?: {
        readonly [name: string]: LiveSpec;
    };
    /** What connections begin with; absent where they do so in silence. */
    readonly connection?: {
        readonly opening?: ValueSpec;
        readonly greeting?: ValueSpec;
    };
    /** Carries the map of channels through the type system; there is no such property. */
    readonly "~channels"?: C;
    /** The same for what passes besides events. */
    readonly "~connection"?: K;
}
/** What this runtime itself asks of a contract: the data, whatever its channels are. */
export type ContractData = Omit<Contract<Record<string, ChannelShape>>, "~channels" | "~connection">;
/** A channel of the contract. */
export interface ChannelSpec {
    /** The parameters, in the order of the pattern. */
    readonly params: readonly ParameterSpec[];
    /** The events by name. */
    readonly events: {
        readonly [name: string]: EventSpec;
    };
    /** What a member shows of itself; absent where nobody is present. */
    readonly presence?: ValueSpec;
}
/** A value of the contract. */
export interface ValueSpec {
    /** What it looks like; absent where there is none. */
    readonly payload?: Check;
    /** Fills in the fields that are absent and have a default; absent where no field has one. */
    readonly fill?: (value: unknown) => unknown;
}
/** A call of the contract. */
export interface CallSpec {
    /** Who asks. */
    readonly from: readonly ("server" | "client")[];
    /** What is asked with. */
    readonly request: ValueSpec;
    /** What is answered. */
    readonly reply: ValueSpec;
}
/** A live query of the contract. */
export interface LiveSpec {
    /** The pattern of the channel whose parameters it takes. */
    readonly channel: string;
    /** What it takes besides; absent for nothing. */
    readonly params?: ValueSpec;
    /** What it yields. */
    readonly result: ValueSpec;
}
/** A parameter of a channel. */
export interface ParameterSpec {
    /** The name in the pattern. */
    readonly name: string;
    /** Whether it may be absent. */
    readonly optional?: boolean;
    /** Whether it is written in lower case, because one value has one name, and hexadecimal digits have two spellings. */
    readonly lower?: boolean;
    /** What it looks like when it is there. */
    readonly check: Check;
}
/** An event of the contract. */
export interface EventSpec extends ValueSpec {
    /** Who may publish it, exclusively. */
    readonly publish: readonly ("server" | "client")[];
    /** Whether it is kept out of the history. */
    readonly transient?: boolean;
    /** Whether who falls behind gets the newest of each sender alone: of several that wait to be sent, only the last one matters. */
    readonly latest?: boolean;
}
/** Exists for the compiler alone: no member of an enumeration equals a text that somebody writes, which is what lets a `switch` tell them apart. */
declare enum Tag {
    Unknown = "any other text"
}
/**
 * The tag of a variant that this version of the contract does not know: a text, and none of the known ones. A `switch` over the tag narrows to the
 * known variants as if this were not there, and its `default` sees what is left.
 */
export type Unknown = Tag.Unknown;
export {};
