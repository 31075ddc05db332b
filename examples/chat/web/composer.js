/** Where messages are written. */

import { find } from "/reception/elements.js";
import { passing } from "./memory.js";

/** The longest message that the contract allows, in characters. */
const LONGEST = 2000;

/** From this many characters before the limit on, the rest is shown. */
const SHOW_LIMIT = 200;

/** Others are told this often at most that somebody is typing, in milliseconds; often enough that it does not look ended. */
const TYPING_INTERVAL = 2500;

export class Composer {
  #onSend;
  #onTyping;
  /** @type {HTMLTextAreaElement} */
  #field = find("#composer");
  #limit = find("#composer-limit");
  /** @type {HTMLButtonElement} */
  #button = find("[data-testid=send]");
  #room = "";
  #told = 0;

  /**
   * @param {{ onSend: (text: string) => void, onTyping: () => void }} options
   */
  constructor({ onSend, onTyping }) {
    this.#onSend = onSend;
    this.#onTyping = onTyping;
    this.#field.addEventListener("input", () => this.#changed(true));
    this.#field.addEventListener("keydown", (event) => {
      // Enter also ends the composition of a character, which is not the end of the message.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#send();
    });
    find("#composer-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
      this.focus();
    });
  }

  focus() {
    this.#field.focus();
  }

  /** @param {string} room */
  show(room) {
    if (room === this.#room) return;
    this.#room = room;
    this.#told = 0;
    this.#field.placeholder = `Message #${room}`;
    this.#field.value = String(passing.read(`draft.${room}`) ?? "");
    this.#changed(false);
    // A touch screen would cover half of the room with its keyboard.
    if (matchMedia("(pointer: fine)").matches && document.querySelector("dialog[open]") === null) this.focus();
  }

  #send() {
    const text = this.#field.value.trim();
    if (text === "" || length(text) > LONGEST) return;
    this.#onSend(text);
    this.#field.value = "";
    this.#told = 0;
    this.#changed(false);
  }

  /** @param {boolean} typed */
  #changed(typed) {
    const text = this.#field.value.trim();
    const rest = LONGEST - length(text);
    passing.write(`draft.${this.#room}`, text === "" ? undefined : this.#field.value);
    this.#limit.textContent = rest > SHOW_LIMIT ? "" : rest < 0 ? `${-rest} too many` : String(rest);
    this.#limit.classList.toggle("over", rest < 0);
    this.#button.disabled = text === "" || rest < 0;
    // The style sheet makes the field as high as this text.
    find(".field").dataset.text = this.#field.value;
    if (!typed || text === "" || Date.now() - this.#told < TYPING_INTERVAL) return;
    this.#told = Date.now();
    this.#onTyping();
  }
}

/**
 * The contract counts code points.
 *
 * @param {string} text
 */
function length(text) {
  return [...text].length;
}
