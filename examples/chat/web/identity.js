/** Who is using this page: a name that they chose. */

import { find } from "./elements.js";
import { portray } from "./people.js";
import { lasting } from "./storage.js";

/** The longest name that the contract allows, in characters. */
const LONGEST = 40;

export class Identity {
  name = "";
  #onChange;
  /** @type {HTMLDialogElement} */
  #dialog = find("#name-dialog");
  /** @type {HTMLInputElement} */
  #input = find("#name-input");
  #problem = find("#name-problem");

  /** @param {{ onChange: () => void }} options */
  constructor({ onChange }) {
    this.#onChange = onChange;
    const name = lasting.read("name");
    if (typeof name === "string") this.name = name;
    find("#profile").addEventListener("click", () => this.ask());
    find("#name-cancel").addEventListener("click", () => this.#dialog.close());
    this.#input.addEventListener("input", () => this.#preview());
    find("#name-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save();
    });
    this.#showProfile();
  }

  /** Opens the dialog. Escape closes it, too: reading needs no name. */
  ask() {
    const renaming = this.name !== "";
    find("#name-heading").textContent = renaming ? "Change your name" : "What shall we call you?";
    find("[data-testid=name-save]").textContent = renaming ? "Save" : "Start chatting";
    find("#name-cancel").hidden = !renaming;
    this.#input.value = this.name;
    this.#preview();
    this.#dialog.showModal();
    this.#input.select();
  }

  #save() {
    const name = this.#input.value.trim().replace(/\s+/gu, " ");
    const length = [...name].length;
    if (length < 1 || length > LONGEST) {
      this.#problem.textContent = length < 1 ? "Please type a name." : `At most ${LONGEST} characters, please: ${length - LONGEST} less.`;
      return;
    }
    this.name = name;
    lasting.write("name", name);
    this.#dialog.close();
    this.#showProfile();
    this.#onChange();
  }

  #preview() {
    this.#problem.textContent = "";
    portray(find(".avatar", this.#dialog), this.#input.value);
  }

  #showProfile() {
    const profile = find("#profile");
    portray(find(".avatar", profile), this.name);
    find(".profile-name", profile).textContent = this.name === "" ? "No name yet" : this.name;
    find(".profile-hint", profile).textContent = this.name === "" ? "Choose one to write" : "Change name";
  }
}
