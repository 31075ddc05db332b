/** The rooms that were joined, and the one that is open: the part of the address after `#`. */

import { Room } from "./room.js";
import { lasting } from "./memory.js";

/** What a newcomer finds. */
const SUGGESTED = ["general", "random", "help", "announcements"];

/** One connection carries this many channels. */
const MOST = 32;

export class Rooms {
  /** @type {Map<string, Room>} */
  joined = new Map();
  #around;
  /** @type {Room | undefined} */
  #inside;

  /** @param {import("./room.js").Surroundings} around */
  constructor(around) {
    this.#around = around;
    const names = lasting.read("rooms");
    for (const name of Array.isArray(names) ? names : SUGGESTED) if (isRoomName(name) && this.joined.size < MOST) this.#add(name);
    addEventListener("hashchange", () => this.#follow());
    this.#follow();
  }

  /** @returns {Room | undefined} The room that is open. */
  get open() {
    return this.joined.get(roomInAddress());
  }

  /** How many messages wait in all rooms together. */
  get unread() {
    return [...this.joined.values()].reduce((sum, { unread }) => sum + unread, 0);
  }

  /** The suggested rooms that were left, or never joined. */
  get others() {
    return SUGGESTED.filter((name) => !this.joined.has(name));
  }

  /**
   * Opens a room, and joins it first where that was not done yet.
   *
   * @param {string} text - The name as somebody typed it.
   * @returns {string | undefined} Why that cannot be.
   */
  join(text) {
    const name = toRoomName(text);
    if (!isRoomName(name)) return "A room's name has 1 to 40 letters, digits or dashes.";
    if (!this.joined.has(name) && this.joined.size >= MOST) return `You are in ${MOST} rooms, which is the most. Leave one first.`;
    location.hash = name;
    return undefined;
  }

  /** @param {string} name */
  leave(name) {
    this.joined.get(name)?.leave();
    this.joined.delete(name);
    this.#remember();
    if (roomInAddress() === name) location.hash = this.joined.keys().next().value ?? SUGGESTED[0] ?? "";
    this.#around.changed();
  }

  /** Goes where the address points. */
  #follow() {
    const name = roomInAddress();
    if (!isRoomName(name) || (!this.joined.has(name) && this.joined.size >= MOST)) {
      location.replace(`#${this.joined.keys().next().value ?? SUGGESTED[0]}`);
      return;
    }
    if (!this.joined.has(name)) {
      this.#add(name);
      this.#remember();
    }
    this.#enter();
    this.#around.changed();
  }

  /** One is in the room that one looks at, and in no other. */
  #enter() {
    const room = this.open;
    if (room === this.#inside) return;
    this.#inside?.withdraw();
    this.#inside = room;
    room?.appear();
  }

  /** @param {string} name */
  #add(name) {
    this.joined.set(name, new Room(name, this.#around));
  }

  #remember() {
    lasting.write("rooms", [...this.joined.keys()]);
  }
}

function roomInAddress() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return "";
  }
}

/**
 * The rule of the contract, so that a name is refused before anything is asked for.
 *
 * @param {unknown} name
 * @returns {name is string}
 */
function isRoomName(name) {
  return typeof name === "string" && /^[a-z0-9-]{1,40}$/u.test(name);
}

/**
 * Makes a name of what somebody typed: `#Tea Time` is `tea-time`.
 *
 * @param {string} text
 */
function toRoomName(text) {
  return text
    .trim()
    .replace(/^#+/u, "")
    .normalize("NFKD")
    .replace(/\p{Mark}/gu, "")
    .toLowerCase()
    .replace(/[\s_]+/gu, "-");
}
