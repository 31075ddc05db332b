/** What is drawn on the board. */

/** The size of the board, on every screen. */
export const WIDTH = 1600;
export const HEIGHT = 1000;

/** So many pieces are kept, as on the server. */
const KEPT = 1000;

/** How thick a line is, in the measure of the board. */
const THICK = 5;

/** @typedef {readonly [number, number]} Place */
/** @typedef {{ places: readonly Place[], hue: number }} Piece */

export class Ink {
  /** @type {Piece[]} */
  #pieces = [];
  #canvas;
  #pen;
  #dark = matchMedia("(prefers-color-scheme: dark)");

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.#canvas = canvas;
    const pen = canvas.getContext("2d");
    if (pen === null) throw new Error("this browser cannot draw");
    this.#pen = pen;
    this.#dark.addEventListener("change", () => this.#redraw());
    new ResizeObserver(() => this.#fit()).observe(canvas);
    this.#fit();
  }

  get isEmpty() {
    return this.#pieces.length === 0;
  }

  get count() {
    return this.#pieces.length;
  }

  /** @param {Piece} piece */
  add(piece) {
    this.#pieces.push(piece);
    if (this.#pieces.length <= KEPT) return this.#draw(piece);
    this.#pieces.shift();
    this.#redraw();
  }

  /** @param {readonly Piece[]} pieces - All that there is. */
  replace(pieces) {
    this.#pieces = pieces.slice(-KEPT);
    this.#redraw();
  }

  #fit() {
    const { clientWidth, clientHeight } = this.#canvas;
    const ratio = Math.min(2, devicePixelRatio);
    this.#canvas.width = Math.max(1, Math.round(clientWidth * ratio));
    this.#canvas.height = Math.max(1, Math.round(clientHeight * ratio));
    this.#redraw();
  }

  #redraw() {
    this.#pen.setTransform(1, 0, 0, 1, 0, 0);
    this.#pen.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    for (const piece of this.#pieces) this.#draw(piece);
  }

  /** @param {Piece} piece */
  #draw({ places, hue }) {
    const [first, ...rest] = places;
    if (first === undefined) return;
    const pen = this.#pen;
    pen.setTransform(this.#canvas.width / WIDTH, 0, 0, this.#canvas.height / HEIGHT, 0, 0);
    pen.strokeStyle = `oklch(${this.#dark.matches ? 0.76 : 0.58} 0.16 ${hue})`;
    pen.lineWidth = THICK;
    pen.lineCap = "round";
    pen.lineJoin = "round";
    pen.beginPath();
    pen.moveTo(first[0], first[1]);
    // A point alone is a dot.
    if (rest.length === 0) pen.lineTo(first[0], first[1]);
    for (const [x, y] of rest) pen.lineTo(x, y);
    pen.stroke();
  }
}
