/** The messages of the open room, and where in them the reader is. */

import { arrange, button, find, make } from "/reception/elements.js";
import { dayElement, messageElement, newMarker, noticeElement, updateMessage } from "./message.js";
import { count, sameDay } from "./wording.js";

/** Messages of one author with less than this between them stand together, in milliseconds. */
const TOGETHER = 5 * 60_000;

/** This close to the end counts as being there, in pixels. */
const NEAR_END = 48;

/** This close to the beginning asks for more, in pixels. */
const NEAR_BEGINNING = 160;

/** Scrolling this soon after a gesture is the reader's own, in milliseconds. */
const GESTURE_LASTS = 600;

/** @typedef {import("./room.js").Room} Room */

export class Timeline {
  #self;
  #onSeen;
  #scroller = find("#scroller");
  #list = find("#messages");
  #edge = find("#edge");
  #empty = find("#empty");
  #newer = find("#newer");
  #earlier = button("", { class: "earlier", "data-testid": "load-earlier" }, () => void this.#room?.loadEarlier());
  #beginning = make("p", { class: "beginning" });
  /** @type {Room | undefined} */
  #room;
  #opened = false;
  #atEnd = true;
  /** The sizes for which `#atEnd` was true. */
  #sizes = "";
  #gesture = 0;
  /** @type {Map<string, HTMLElement>} By the keys of the entries. */
  #elements = new Map();
  /** @type {string | undefined} The first message that was not seen when the reader came, or came back. */
  #marked;
  #unread = 0;

  /**
   * @param {{ self: () => string, onSeen: () => void }} options
   */
  constructor({ self, onSeen }) {
    this.#self = self;
    this.#onSeen = onSeen;
    this.#edge.append(this.#earlier, this.#beginning);
    this.#newer.addEventListener("click", () => this.toEnd("smooth"));
    for (const gesture of ["wheel", "touchmove"]) {
      this.#scroller.addEventListener(gesture, () => (this.#gesture = Date.now()), { passive: true });
    }
    this.#scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    // The composer grows, a keyboard opens: who was at the end stays there.
    const watch = new ResizeObserver(() => this.#atEnd && this.toEnd());
    watch.observe(this.#scroller);
    watch.observe(this.#list);
  }

  /** @param {ScrollBehavior} [behavior] */
  toEnd(behavior = "instant") {
    this.#atEnd = true;
    this.#sizes = sizes(this.#scroller);
    this.#scroller.scrollTo({ top: this.#scroller.scrollHeight, behavior });
  }

  /** @param {Room} room */
  show(room) {
    if (room !== this.#room) this.#begin(room);
    const opening = !this.#opened && room.ready;
    this.#opened ||= room.ready;
    this.#mark(room, opening);
    const stay = !this.#atEnd;
    const anchor = stay ? this.#anchor() : undefined;
    arrange(this.#list, this.#rows(room));
    this.#showEdges(room);
    if (!stay) this.toEnd();
    else if (anchor?.element.isConnected) this.#scroller.scrollTop += anchor.element.getBoundingClientRect().bottom - anchor.bottom;
    if (opening) this.#toMarker();
    this.#see(room);
  }

  /** @param {Room} room */
  #begin(room) {
    this.#room = room;
    this.#opened = false;
    this.#atEnd = true;
    this.#marked = undefined;
    this.#unread = 0;
    this.#elements.clear();
    this.#list.replaceChildren();
  }

  /**
   * The elements in order: days, the marker, notices, messages.
   *
   * @param {Room} room
   */
  #rows(room) {
    /** @type {Map<string, HTMLElement>} */
    const used = new Map();
    /**
     * @param {string} key
     * @param {() => HTMLElement} create
     */
    const element = (key, create) => {
      const found = this.#elements.get(key) ?? create();
      used.set(key, found);
      return found;
    };
    const entries = [...room.entries, ...room.outbox.messages];
    const rows = entries.flatMap((entry, at) => {
      const previous = entries[at - 1];
      const next = entries[at + 1];
      const newDay = previous === undefined || !sameDay(new Date(previous.time), new Date(entry.time));
      const before = [];
      if (newDay) before.push(element(`day before ${entry.key}`, () => dayElement(entry.time)));
      if (entry.key === this.#marked) before.push(element("marker", newMarker));
      if (entry.kind === "notice") return [...before, element(entry.key, () => noticeElement(entry))];
      const message = element(entry.key, () => messageElement(entry));
      const first = before.length > 0 || !together(previous, entry);
      const last = next?.key === this.#marked || !together(entry, next);
      const actions = { retry: () => entry.kind === "outgoing" && room.outbox.retry(entry), discard: () => entry.kind === "outgoing" && room.outbox.remove(entry) };
      updateMessage(message, entry, { own: entry.author === this.#self(), first, last }, actions);
      return [...before, message];
    });
    this.#elements = used;
    return rows;
  }

  /** @param {Room} room */
  #showEdges(room) {
    const { earlier, ready, problem } = room;
    const [first] = room.entries;
    const blank = first === undefined && room.outbox.messages.length === 0;
    this.#earlier.hidden = !ready || blank || earlier === "none";
    this.#earlier.textContent = { loading: "Loading…", some: "Load earlier messages", failed: "Earlier messages could not be loaded. Try again", none: "" }[earlier];
    this.#earlier.ariaBusy = String(earlier === "loading");
    this.#beginning.hidden = !ready || blank || earlier !== "none";
    this.#beginning.textContent = first?.kind === "message" && first.number > 1 ? "Earlier messages are not kept any more." : `This is where #${room.name} begins.`;
    this.#empty.hidden = !blank;
    if (blank) this.#empty.replaceChildren(...emptiness(room));
  }

  /**
   * Sets the marker when there is something unread that the reader does not see arrive.
   *
   * @param {Room} room
   * @param {boolean} opening
   */
  #mark(room, opening) {
    const began = this.#unread === 0 && room.unread > 0;
    this.#unread = room.unread;
    if (!began || (!opening && this.#isWatched())) return;
    const others = room.entries.filter((entry) => entry.kind === "message" && entry.author !== this.#self());
    this.#marked = others.at(-room.unread)?.key;
  }

  /** @param {Room} room */
  #see(room) {
    if (room.ready && room.unread > 0 && this.#isWatched()) {
      room.markRead();
      this.#unread = 0;
    }
    this.#newer.hidden = room.unread === 0 || this.#atEnd;
    this.#newer.textContent = `${count(room.unread, "new message")} ↓`;
  }

  #isWatched() {
    return this.#atEnd && document.visibilityState === "visible";
  }

  #scrolled() {
    // A browser also scrolls by itself, where the composer grows over the end. That is not the reader leaving it.
    if (this.#atEnd && this.#sizes !== sizes(this.#scroller)) return this.toEnd();
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    const atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END;
    const own = Date.now() - this.#gesture < GESTURE_LASTS;
    if (own && scrollTop < NEAR_BEGINNING && this.#room?.earlier === "some") void this.#room.loadEarlier();
    if (atEnd === this.#atEnd) return;
    this.#atEnd = atEnd;
    this.#sizes = sizes(this.#scroller);
    if (this.#room !== undefined && atEnd) {
      this.#see(this.#room);
      this.#onSeen();
    }
  }

  /** The first message in view, and where it stands: it must stand there again after the rows have changed. Days and names above it come and go. */
  #anchor() {
    const { top } = this.#scroller.getBoundingClientRect();
    const element = [...this.#list.querySelectorAll(".message")].find((row) => row.getBoundingClientRect().bottom > top);
    return element === undefined ? undefined : { element, bottom: element.getBoundingClientRect().bottom };
  }

  /** Who comes back to more than fits begins to read where they stopped. */
  #toMarker() {
    const marker = this.#elements.get("marker");
    if (marker === undefined) return;
    const above = this.#scroller.getBoundingClientRect().top - marker.getBoundingClientRect().top;
    if (above <= 0) return;
    this.#atEnd = false;
    this.#scroller.scrollTop -= above + 24;
  }
}

/** @param {Element} element */
function sizes({ scrollHeight, clientHeight }) {
  return `${scrollHeight} ${clientHeight}`;
}

/**
 * @param {{ kind: string, author?: string, time: number } | undefined} one
 * @param {{ kind: string, author?: string, time: number } | undefined} next
 */
function together(one, next) {
  if (one === undefined || next === undefined || one.kind === "notice" || next.kind === "notice") return false;
  return one.author === next.author && next.time - one.time < TOGETHER && sameDay(new Date(one.time), new Date(next.time));
}

/** @param {Room} room */
function emptiness({ ready, problem, isOpen }) {
  if (problem !== undefined) return [make("p", { class: "empty-title" }, problem.title), make("p", {}, problem.text)];
  if (!ready) return [make("p", { class: "loading" }, "Loading messages…")];
  const second = make("a", { href: location.href, target: "_blank" }, "a second window");
  return [
    make("img", { src: "/assets/icon.svg", alt: "", width: "56", height: "56" }),
    make("p", { class: "empty-title" }, "It is quiet here"),
    isOpen
      ? make("p", {}, "Say the first word, or open ", second, " to see both sides of the conversation.")
      : make("p", {}, "Nothing has been announced yet."),
  ];
}
