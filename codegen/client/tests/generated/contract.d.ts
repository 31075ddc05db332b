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

export interface NotificationAlert {
  readonly text: string;
}

/** Every channel of the contract. */
export interface Channels {
  "auction-{auctionId}/bids": {
    readonly params: { readonly auctionId: number };
    readonly events: { readonly "bid.placed": number };
    readonly publishes: never;
  };
  "board/{boardId}": {
    readonly params: { readonly boardId: string };
    readonly events: { readonly "board.cleared": void; readonly "card.changed": Change };
    readonly publishes: never;
  };
  "chat/{roomId}": {
    readonly params: { readonly roomId: string };
    readonly events: { readonly "message.sent": MessageSent; readonly typing: void };
    readonly publishes: "message.sent" | "typing";
  };
  "counter/{name}": {
    readonly params: { readonly name: string };
    readonly events: { readonly message: number };
    readonly publishes: never;
  };
  default: {
    readonly params: undefined;
    readonly events: { readonly "notification.alert": NotificationAlert };
    readonly publishes: never;
  };
  echo: {
    readonly params: undefined;
    readonly events: { readonly message: string };
    readonly publishes: "message";
  };
  "pad/{padId}": {
    readonly params: { readonly padId: string };
    readonly events: { readonly "cursor.moved": number; readonly message: string };
    readonly publishes: "cursor.moved";
  };
  "room:{kind}/{open}": {
    readonly params: { readonly kind: CardStatus; readonly open: boolean };
    readonly events: { readonly message: void };
    readonly publishes: never;
  };
}

export declare const contract: Contract<Channels>;
