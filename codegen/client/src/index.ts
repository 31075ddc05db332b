/** The surface of the runtime. A generated package binds it to one contract. */

export { type Address, type AddressBuilder, addressBuilder } from "./address.js";
export type { Channel, HistoryPage, NamedChannel, Publish, PublishArguments, Publishing, SubscribeOptions, UnnamedChannel } from "./channel.js";
export { type Client, type ClientCore, clientFactory, type CreateClient } from "./client.js";
export { codes, gapReasons } from "./codes.js";
export type { Extras } from "./client.js";
export type {
  ChannelEvent,
  ChannelMap,
  CallShape,
  ChannelShape,
  ConnectionShape,
  Contract,
  DataEvent,
  EventName,
  Events,
  Handler,
  LiveShape,
  Meta,
  Params,
  ParamsArgument,
  Pattern,
  Payload,
  PlainConnection,
  PresencePattern,
  PresenceState,
  Publishable,
  SignalEvent,
  Unknown,
} from "./contract.js";
export { AddressError, type AddressErrorCode, ChannelLimitError, PayloadError, RefusedError, type Retry } from "./errors.js";
export { type Answering, type CallArguments, type Calling, type CallOptions, exchange, type Exchanging, type Greeted, type Opening, openingOf, type ReplyOf, type RequestOf } from "./exchange.js";
export type { Extend, Extension } from "./extension.js";
export type { HistoryQuery, PageGap } from "./history.js";
export type { HeaderMap } from "./http.js";
export type { Counters, OnInvalid } from "./intake.js";
export type { Issue, IssueCode } from "./issues.js";
export { type LiveError, type LiveOptions, type LiveQuery, liveQueries, type LiveState, type LiveStatus, type LiveView } from "./live.js";
export type { ClientOptions, Skew } from "./options.js";
export type { Fetch, FetchInit, FetchResponse, PlatformFetch } from "./platform.js";
export { type Member, type Presence, presences, type WithPresence } from "./presence.js";
export type { Dropped, Published, PublishOptions } from "./publication.js";
export { type EventValidator, validator } from "./standard.js";
export type { Status, StatusReason, StatusSnapshot, StatusSource } from "./status.js";
export type { Denied, Gap, Revoked, Subscribed, SubscribedChannel } from "./subscriptions.js";
export { sharedTabs, type SharedTabsOptions, type TabSharing } from "./tabs.js";
export type { TokenSource } from "./tokens.js";
export type { ChannelRequest, Link, LinkEnd, LinkHandlers, OpenRequest, OutgoingFrame, Transport } from "./transport.js";
