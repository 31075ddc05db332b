/** What is known of the sale: the house's own picture of it, and every event since. */

import { ask } from "/reception/requests.js";

/**
 * @typedef {import("./realtime/index.js").BidPlaced} Bid
 * @typedef {{
 *   id: string, slug: string, title: string, origin: string, story: string, start: number, step: number,
 *   ended: boolean, openedAt: number, endsAt: number, price: number, minimum: number, count: number, bids: Bid[], cursor: string | null,
 *   winner?: string | undefined, call: number, revoked: boolean, live: boolean,
 * }} Lot
 *   `call`: how often its end was called. `revoked`: its channel is closed to everybody. `live`: what happens to it comes here.
 * @typedef {{ kind: "bid", lot: Lot, bid: Bid, before: string | undefined } | { kind: "going", lot: Lot } | { kind: "ended", lot: Lot } | { kind: "opened", lot: Lot }} News
 * @typedef {{ client: import("./realtime/index.js").Client, clock: import("./clock.js").Clock, changed: () => void, told: (news: News) => void }} Surroundings
 */

export class Saleroom {
  /** @type {Map<string, Lot>} Those under the hammer first. */
  lots = new Map();
  /** Why there is nothing to see. */
  problem = "";
  #around;
  /** @type {Map<string, () => void>} How to stop following each lot. */
  #following = new Map();
  #leaveHouse = () => {};
  #asking = false;
  #again = false;

  /** @param {Surroundings} around */
  constructor(around) {
    this.#around = around;
    // A hole in what was told: the house's own picture is whole.
    around.client.onGap(() => this.refresh(true));
    void this.refresh(true);
  }

  get open() {
    return [...this.lots.values()].filter(({ ended }) => !ended);
  }

  get over() {
    return [...this.lots.values()].filter(({ ended }) => ended);
  }

  /**
   * Asks the house how things stand, and goes on from exactly there.
   *
   * @param {boolean} [anew] - Nothing of before counts.
   */
  async refresh(anew = false) {
    this.#again ||= this.#asking && anew;
    if (this.#asking) return;
    this.#asking = true;
    for (let attempt = 0; ; attempt += 1) {
      try {
        const asked = performance.now();
        const room = await ask("GET", "/lots");
        this.#around.clock.learn(room.now, asked);
        this.#take(room, anew);
        this.problem = "";
        break;
      } catch (error) {
        this.problem = error instanceof Error ? error.message : String(error);
        this.#around.changed();
        await new Promise((resolve) => setTimeout(resolve, Math.min(8000, 500 * 2 ** attempt) * (0.5 + Math.random() / 2)));
      }
    }
    this.#asking = false;
    this.#around.changed();
    if (!this.#again) return;
    this.#again = false;
    void this.refresh(true);
  }

  /**
   * @param {{ now: number, cursor: string | null, lots: any[] }} room
   * @param {boolean} anew
   */
  #take({ cursor, lots }, anew) {
    if (anew) for (const id of [...this.#following.keys()]) this.#leave(id);
    const before = this.lots;
    this.lots = new Map();
    for (const shown of lots) {
      const known = anew ? undefined : before.get(shown.id);
      const winner = shown.ended ? shown.bids.at(-1)?.bidder : undefined;
      // What came as an event since the answer was written is newer than the answer.
      const lot = known !== undefined && (known.ended || known.count > shown.count) ? known : { call: 0, live: false, ...known, revoked: shown.ended, ...shown, winner };
      this.lots.set(lot.id, lot);
      if (lot.ended && lot.revoked) this.#leave(lot.id);
      else if (!lot.ended && !this.#following.has(lot.id)) this.#follow(lot);
    }
    if (anew || cursor === null) this.#listen(cursor ?? undefined);
  }

  /** @param {string | undefined} after */
  #listen(after) {
    this.#leaveHouse();
    const house = this.#around.client.channel("house");
    const offs = [
      house.on("lot.opened", ({ lot }) => void this.#opened(lot), { after }),
      house.on("lot.closed", ({ lot, winner, price }) => this.#end(lot, winner, price), { after }),
    ];
    this.#leaveHouse = () => offs.forEach((off) => off());
  }

  /** @param {string} id */
  async #opened(id) {
    if (this.lots.has(id)) return;
    await this.refresh();
    const lot = this.lots.get(id);
    if (lot !== undefined && !lot.ended) this.#around.told({ kind: "opened", lot });
  }

  /** @param {Lot} lot */
  #follow({ id, cursor }) {
    const channel = this.#around.client.channel("lots/{lot}", { lot: id });
    const after = { after: cursor ?? undefined };
    const offs = [
      channel.on("bid.placed", (bid) => this.#bid(id, bid), after),
      channel.on("lot.going", ({ call, endsAt }) => this.#going(id, call, endsAt), after),
      channel.on("lot.ended", ({ winner, price }) => this.#end(id, winner, price), after),
      channel.onSubscribed(() => this.#set(id, { live: true })),
      // After the hammer, and after everything that was said before it.
      channel.onRevoked(() => {
        this.#set(id, { revoked: true });
        this.#leave(id);
        if (this.lots.get(id)?.ended === false) void this.refresh();
      }),
    ];
    this.#following.set(id, () => offs.forEach((off) => off()));
  }

  /** @param {string} id */
  #leave(id) {
    this.#following.get(id)?.();
    this.#following.delete(id);
  }

  /**
   * @param {string} id
   * @param {Bid} bid
   */
  #bid(id, bid) {
    const lot = this.lots.get(id);
    if (lot === undefined || bid.number <= lot.count) return;
    const before = lot.bids.at(-1)?.bidder;
    const call = bid.endsAt > lot.endsAt ? 0 : lot.call;
    this.#set(id, { bids: [...lot.bids, bid].slice(-50), count: bid.number, price: bid.amount, minimum: bid.minimum, endsAt: bid.endsAt, call });
    this.#around.told({ kind: "bid", lot: this.lots.get(id) ?? lot, bid, before });
  }

  /**
   * @param {string} id
   * @param {number} call
   * @param {number} endsAt
   */
  #going(id, call, endsAt) {
    const lot = this.#set(id, { call, endsAt });
    if (lot !== undefined) this.#around.told({ kind: "going", lot });
  }

  /**
   * @param {string} id
   * @param {string | undefined} winner
   * @param {number} price
   */
  #end(id, winner, price) {
    if (this.lots.get(id)?.ended !== false) return;
    const lot = this.#set(id, { ended: true, winner, price });
    if (lot !== undefined) this.#around.told({ kind: "ended", lot });
  }

  /**
   * @param {string} id
   * @param {Partial<Lot>} state
   */
  #set(id, state) {
    const known = this.lots.get(id);
    if (known === undefined) return undefined;
    const lot = { ...known, ...state };
    this.lots.set(id, lot);
    this.#around.changed();
    return lot;
  }
}
