/** The surface of the runtime. A generated package binds it to one contract. */
export { type Address, type AddressBuilder, addressBuilder } from "./address.js";
export type { Channel, HistoryPage, NamedChannel, Publish, PublishArguments, Publishing, SubscribeOptions, UnnamedChannel } from "./channel.js";
export { type Client, type ClientCore, clientFactory, type CreateClient } from "./client.js";
export { codes, gapReasons } from "./codes.js";
export type { ChannelEvent, ChannelMap, ChannelShape, Contract, DataEvent, EventName, Events, Handler, Meta, Params, ParamsArgument, Pattern, Payload, Publishable, SignalEvent, Unknown, } from "./contract.js";
export { AddressError, type AddressErrorCode, ChannelLimitError, PayloadError, RefusedError, type Retry } from "./errors.js";
export type { HistoryQuery, PageGap } from "./history.js";
export type { HeaderMap } from "./http.js";
export type { Counters, OnInvalid } from "./intake.js";
export type { Issue, IssueCode } from "./issues.js";
export type { ClientOptions, Skew } from "./options.js";
export type { Fetch, FetchInit, FetchResponse, PlatformFetch } from "./platform.js";
export type { Dropped, Published, PublishOptions } from "./publication.js";
export { type EventValidator, validator } from "./standard.js";
export type { Status, StatusReason, StatusSnapshot, StatusSource } from "./status.js";
export type { Denied, Gap, Subscribed } from "./subscriptions.js";
export { sharedTabs, type SharedTabsOptions, type TabSharing } from "./tabs.js";
export type { ChannelRequest, Link, LinkEnd, LinkHandlers, OpenRequest, OutgoingFrame, Transport } from "./transport.js";
