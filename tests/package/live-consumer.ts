// What compiles against the package of a contract with live queries, and what does not.

import { createClient } from "live-board";
import type { Card, Client, LiveData, LiveQueries, LiveQuery, LiveStatus, LiveView } from "live-board";
import { createTestServer } from "live-board/testing";

const client: Client = createClient({ url: "/realtime" });
const cards: LiveQuery<LiveData<"boardCards"> | undefined> = client.live("boardCards", { boardId: "b1" });
const status: LiveStatus = cards.current.status;
const off = cards.subscribe(() => cards.current.data?.map(({ title, tags }) => title + tags.join()));
const count: number = client.live("visitCount", undefined, { fallback: 0 }).current.data;
const channel: LiveQueries["boardCards"]["channel"] = "board/{boardId}";
const tagged: readonly Card[] = client.live("cardsWith", { boardId: "b1" }, { params: { tag: "urgent" }, fallback: [] }).current.data;
const most: number = client.live("visitCount", undefined, { initial: 0, reduce: Math.max }).current.data;
client.live("boardCards", { boardId: "b1" }, { stream: true, initial: 0, reduce: (moves, _card, { event }) => moves + (event === "card.moved" ? 1 : 0) });
// @ts-expect-error it may not be there yet
cards.current.data.length;
// @ts-expect-error there is no such query
client.live("boardCard", { boardId: "b1" });
// @ts-expect-error the channel's parameters are missing
client.live("boardCards");
// @ts-expect-error an unknown parameter
client.live("boardCards", { board: "b1" });
// @ts-expect-error its own parameters are missing
client.live("cardsWith", { boardId: "b1" });
// @ts-expect-error a parameter of another type
client.live("cardsWith", { boardId: "b1" }, { params: { tag: 5 } });
// @ts-expect-error the fallback is another value
client.live("visitCount", undefined, { fallback: "none" });
// @ts-expect-error values are read-only
tagged[0] = { id: "1", title: "x", tags: [] };

const server = createTestServer();
server.live("visitCount").set(5);
server.live("cardsWith", { boardId: "b1" }, { tag: "urgent" }).fail();
// @ts-expect-error another value
server.live("visitCount").set([]);

declare const view: LiveView<number>;
void view.reload();
// The type of the contract that has the name of one of ours.
const mine: import("live-board").LiveState = "on";

export { channel, count, mine, most, off, status };
