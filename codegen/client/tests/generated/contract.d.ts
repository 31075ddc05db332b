// The shape of what the generator prints, written by hand.

import type { Contract } from "../../dist/contract.js";

/** Somebody. */
export type UserId = string;

export type CardStatus = "open" | "done";
export declare const CardStatus: { readonly open: "open"; readonly done: "done" };

export type Change =
  | { readonly op: "add"; readonly cardId: string; readonly status?: CardStatus }
  | { readonly op: "remove"; readonly cardId: string };

export interface MessageSent {
  readonly author: UserId;
  readonly text: string;
  readonly replyTo?: `${bigint}` | null;
}

export interface Member {
  readonly name: string;
  readonly typing?: boolean;
}

export interface NotificationAlert {
  readonly text: string;
}

/** Every channel of the contract. */
export interface Channels {
  "auction-{auctionId}/bids": {
    readonly params: { readonly auctionId: number };
    readonly events: { readonly "bid.placed": number };
    readonly publishes: never;
    readonly serves: "bid.placed";
  };
  "board/{boardId}": {
    readonly params: { readonly boardId: string };
    readonly events: { readonly "board.cleared": void; readonly "card.changed": Change };
    readonly publishes: never;
    readonly serves: "board.cleared" | "card.changed";
  };
  "chat/{roomId}": {
    readonly params: { readonly roomId: string };
    readonly events: { readonly "message.sent": MessageSent; readonly typing: void };
    readonly publishes: "message.sent" | "typing";
    readonly serves: "message.sent";
    readonly presence: Member;
  };
  "counter/{name}": {
    readonly params: { readonly name: string };
    readonly events: { readonly message: number };
    readonly publishes: never;
    readonly serves: "message";
  };
  default: {
    readonly params: undefined;
    readonly events: { readonly "notification.alert": NotificationAlert };
    readonly publishes: never;
    readonly serves: "notification.alert";
  };
  echo: {
    readonly params: undefined;
    readonly events: { readonly message: string };
    readonly publishes: "message";
    readonly serves: "message";
  };
  "pad/{padId}": {
    readonly params: { readonly padId: string };
    readonly events: { readonly "cursor.moved": number; readonly message: string };
    readonly publishes: "cursor.moved";
    readonly serves: "message";
  };
  "room:{kind}/{open}": {
    readonly params: { readonly kind: CardStatus; readonly open: boolean };
    readonly events: { readonly message: void };
    readonly publishes: never;
    readonly serves: "message";
  };
}

/** Every live query by its name. */
export interface LiveQueries {
  readonly boardCards: { readonly channel: "board/{boardId}"; readonly params: undefined; readonly data: readonly Card[] };
  readonly cardsBy: { readonly channel: "board/{boardId}"; readonly params: { readonly status: CardStatus; readonly limit?: number }; readonly data: readonly Card[] };
  readonly visits: { readonly channel: "default"; readonly params: undefined; readonly data: number };
}

export interface Card {
  readonly cardId: string;
  readonly title: string;
}

/** What passes between one client and the service besides events. */
export interface ConnectionTypes {
  readonly calls: {
    readonly "board.rename": { readonly request: { readonly title: string }; readonly reply: { readonly title: string } };
    readonly ping: { readonly request: void; readonly reply: void };
  };
  readonly answers: {
    readonly confirm: { readonly request: { readonly text: string }; readonly reply: boolean };
  };
  readonly opening: undefined;
  readonly greeting: { readonly motd: string };
  readonly live: LiveQueries;
}

export declare const contract: Contract<Channels, ConnectionTypes>;
