/** One room: what is known of it and how that grows. Knows nothing of how it is shown. */

import { RefusedError } from "./realtime/index.js";
import { Outbox } from "./outbox.js";
import { sentence } from "/reception/connection.js";
import { lasting } from "./memory.js";

/** How many messages are read at a time. */
const PAGE = 50;

/** How many entries are kept on the screen; earlier ones can be loaded again. */
const KEPT = 2000;

/** Whoever has not touched a key for this long is not typing any more, in milliseconds. */
const TYPING_LASTS = 4000;

/** The room that everybody reads and only the host writes in. */
const ANNOUNCEMENTS = "announcements";

/** The gaps after which nothing from before can be read from the server any more. */
const ANEW = new Set(["epoch", "no_state", "rollback"]);

/**
 * @typedef {{ kind: "message", key: string, id: string, number: number, time: number, author: string, text: string }} Message
 *   A message that the server has taken.
 * @typedef {{ kind: "notice", key: string, time: number, reason: string, missed: number | undefined, kept: number }} Notice
 *   Something that a reader must know about what stands above.
 * @typedef {"loading" | "some" | "none" | "failed"} Earlier
 *   Whether there are messages before the first one that is shown.
 * @typedef {{ client: import("./realtime/index.js").Client, self: () => string, isHost: () => boolean, changed: () => void, arrived: (room: Room, message: Message) => void }} Surroundings
 */

/** A room that was joined. */
export class Room {
  /** @type {(Message | Notice)[]} In the order of the server. */
  entries = [];
  /** What was written here and has not come back yet. It stands after everything else. */
  outbox;
  /** @type {Earlier} */
  earlier = "loading";
  /** @type {{ title: string, text: string } | undefined} Why the room shows nothing yet. */
  problem;
  /** How many messages of others were not seen yet. */
  unread = 0;
  ready = false;
  /** Whether the server has confirmed that what happens in this room comes here. */
  live = false;
  /** @type {number | undefined} Until when this person is shown out, in milliseconds since 1970. */
  removedUntil;

  #around;
  #channel;
  /** @type {import("./realtime/index.js").Presence<import("./realtime/index.js").Member> | undefined} Who is here; the announcements have only readers. */
  #presence;
  #isLookedAt = false;
  #isTyping = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #typingTimer;
  #unwatch = () => {};
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #entranceTimer;
  #notices = 0;
  /** @type {(() => void)[]} */
  #offs = [];
  #left = false;

  /**
   * @param {string} name
   * @param {Surroundings} around
   */
  constructor(name, around) {
    this.name = name;
    this.#around = around;
    const rooms = around.client.channel("chat/{room}", { room: name });
    this.#channel = name === ANNOUNCEMENTS ? around.client.channel("announcements") : rooms;
    this.#presence = name === ANNOUNCEMENTS ? undefined : rooms.presence();
    const isKnown = (/** @type {string} */ id) => this.entries.some((entry) => entry.kind === "message" && entry.id === id);
    const publish = (/** @type {string} */ text) => {
      this.#show(false);
      return this.#channel.publish("message.sent", { text });
    };
    this.outbox = new Outbox({ room: name, self: around.self, publish, isKnown, changed: around.changed });
    void this.#enter();
  }

  /** Whether who is here may write. */
  get isOpen() {
    return this.name !== ANNOUNCEMENTS || this.#around.isHost();
  }

  /** Who is here, as the server says. */
  get members() {
    return this.#presence?.members ?? [];
  }

  /** Who else is typing. Nobody can know that without a connection. */
  get typing() {
    if (this.#around.client.status.get().status !== "connected") return [];
    return this.members.filter(({ id, state }) => state.typing && id !== this.#around.self()).map(({ id }) => id);
  }

  /** Somebody looks at this room: they are in it, and see who else is. */
  appear() {
    this.#isLookedAt = true;
    // To watch is to subscribe, and that begins with where the history ends.
    if (this.#presence === undefined || !this.ready || this.removedUntil !== undefined) return;
    this.#unwatch();
    this.#unwatch = this.#presence.subscribe(this.#around.changed);
    this.#show(false);
  }

  /** They look at another one. */
  withdraw() {
    this.#isLookedAt = false;
    this.#hide();
  }

  #hide() {
    clearTimeout(this.#typingTimer);
    this.#unwatch();
    this.#unwatch = () => {};
    this.#presence?.leave();
  }

  /** Ends all of it. */
  leave() {
    this.#left = true;
    clearTimeout(this.#entranceTimer);
    this.withdraw();
    for (const off of this.#offs) off();
  }

  /** Asks to be let in again. */
  comeBack() {
    this.#set({ removedUntil: undefined, problem: undefined });
    if (!this.ready) return void this.#enter();
    this.#channel.retry();
    this.appear();
  }

  /** Everything so far was seen. */
  markRead() {
    lasting.write(`read.${this.name}`, this.entries.findLast(({ kind }) => kind === "message")?.time ?? 0);
    this.unread = 0;
  }

  /** Tells the others that somebody is writing here. What cannot be said now is not worth saying later. */
  tellTyping() {
    if (this.#presence === undefined || this.removedUntil !== undefined) return;
    clearTimeout(this.#typingTimer);
    this.#typingTimer = setTimeout(() => this.#show(false), TYPING_LASTS);
    if (!this.#isTyping) this.#show(true);
  }

  /** @param {boolean} typing */
  #show(typing) {
    if (!typing) clearTimeout(this.#typingTimer);
    this.#isTyping = typing;
    // What is refused here is told elsewhere: with the channel itself.
    if (this.#isLookedAt) this.#presence?.set({ typing }).catch(() => {});
  }

  /** Reads the messages before the first one. */
  async loadEarlier() {
    const first = this.entries.find((entry) => entry.kind === "message");
    if (first === undefined || (this.earlier !== "some" && this.earlier !== "failed")) return;
    this.#set({ earlier: "loading" });
    const page = await this.#read({ before: first.id }).catch(() => undefined);
    // A gap in the meantime: what the server has now does not belong before what is shown here.
    if (this.#anew()) return;
    if (page === undefined) return this.#set({ earlier: "failed" });
    this.entries.unshift(...page.messages);
    this.#set({ earlier: page.earlier });
  }

  /** Reads the newest messages and continues live from exactly there. Does not give up before the server refuses for good. */
  async #enter() {
    for (let attempt = 0; !this.#left; attempt += 1) {
      try {
        const { messages, cursor, earlier } = await this.#read();
        if (this.#left) return;
        this.entries = messages;
        this.unread = this.#countUnread();
        this.#offs = [
          this.#channel.on("message.sent", (data, meta) => this.#receive(toMessages(data, meta)), { after: cursor }),
          this.#channel.onRevoked(({ until }) => this.#remove(until ?? Date.now())),
          this.#channel.onGap((gap) => this.#gap(gap)),
          this.#channel.onSubscribed(() => this.#set({ live: true })),
        ];
        this.#set({ ready: true, problem: undefined, earlier });
        if (this.#isLookedAt) this.appear();
        return;
      } catch (error) {
        if (error instanceof RefusedError && error.reason === "revoked") return this.#remove(Date.now());
        if (error instanceof RefusedError && error.retry === "never") return this.#set({ problem: { title: "The server refused", text: sentence(error.message) } });
        this.#set({ problem: { title: "The server cannot be reached", text: "This page goes on trying." } });
        await new Promise((resolve) => setTimeout(resolve, Math.min(10_000, 500 * 2 ** attempt) * (0.5 + Math.random() / 2)));
      }
    }
  }

  /**
   * A page of messages: the newest, or those before a cursor.
   *
   * @param {{ before?: string }} [query]
   */
  async #read(query) {
    const { events, cursor } = await this.#channel.history({ limit: PAGE, ...query });
    const [first] = events;
    // An empty page is the end of the history, a short one is not; and before the first event that a room ever had there is nothing.
    const earlier = /** @type {Earlier} */ (first === undefined || first.meta.number === 1 ? "none" : "some");
    return { messages: events.flatMap((event) => (event.event === "message.sent" ? toMessages(event.data, event.meta) : [])), cursor, earlier };
  }

  /** How much came since an earlier visit. On the first one nothing is unread, and what comes from now on is. */
  #countUnread() {
    const read = lasting.read(`read.${this.name}`);
    if (typeof read !== "number") this.markRead();
    const time = typeof read === "number" ? read : Infinity;
    return this.entries.filter((entry) => entry.kind === "message" && entry.time > time && entry.author !== this.#around.self()).length;
  }

  /** @param {Message[]} received - One, or none. */
  #receive([message]) {
    if (message === undefined) return;
    const returned = this.outbox.find(message);
    if (returned !== undefined) {
      message.key = returned.key;
      this.outbox.remove(returned);
    }
    // One that a gap had moved up, because it seemed lost with the old history, stands in the new one.
    this.entries = [...this.entries.filter((entry) => entry.kind === "notice" || entry.id !== message.id), message].slice(-KEPT);
    if (this.entries.length === KEPT && this.earlier === "none" && !this.#anew()) this.earlier = "some";
    if (message.author !== this.#around.self()) this.unread += 1;
    this.#around.changed();
    this.#around.arrived(this, message);
  }

  /** @param {import("./realtime/index.js").Gap} gap */
  #gap({ reason, missed }) {
    this.live = true;
    // The old server took these and took them with it. If the new one has them after all, it sends them now.
    for (const { key, id = key, author, text, time } of this.outbox.takeSent()) this.entries.push({ kind: "message", key, id, number: 0, author, text, time });
    const previous = this.entries.at(-1);
    if (previous?.kind === "notice" && previous.reason === reason) this.entries.pop();
    const kept = this.entries.filter(({ kind }) => kind === "message").length;
    this.#notices += 1;
    this.entries.push({ kind: "notice", key: `notice-${this.#notices}`, time: Date.now(), reason, missed, kept });
    if (ANEW.has(reason)) this.earlier = "none";
    this.#around.changed();
  }

  /** @param {number} until */
  #remove(until) {
    this.#hide();
    const problem = this.ready ? undefined : { title: "This room is closed to you", text: "What was said here comes back when you do." };
    this.#set({ removedUntil: until, live: true, problem });
    // From then on it can be asked for again.
    clearTimeout(this.#entranceTimer);
    this.#entranceTimer = setTimeout(this.#around.changed, Math.max(0, until - Date.now()));
  }

  /** Whether the server's history began anew since the messages here were read. */
  #anew() {
    return this.entries.some((entry) => entry.kind === "notice" && ANEW.has(entry.reason));
  }

  /** @param {Partial<Pick<Room, "earlier" | "live" | "problem" | "ready" | "removedUntil">>} state */
  #set(state) {
    Object.assign(this, state);
    this.#around.changed();
  }
}

/**
 * One message. None if the event was not stored: a contract that says so is not the one that this page was written for.
 *
 * @param {import("./realtime/index.js").MessageSent} data
 * @param {import("./realtime/index.js").Meta} meta
 * @returns {Message[]}
 */
function toMessages({ text }, { id, number, time, sender }) {
  return id === null || number === null ? [] : [{ kind: "message", key: id, id, number, time, author: sender ?? "the server", text }];
}
