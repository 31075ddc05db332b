/** Who is using this page: a name that they chose, and that the server knows them by. */

import { button, find, make } from "./elements.js";
import { portray } from "./people.js";
import { ask, RequestError } from "./requests.js";
import { lasting } from "./storage.js";

/** The longest name that the server takes, in characters. */
const LONGEST = 40;

/**
 * @typedef {{ app: string, heading: string, why: string, save: string, onChange: () => void }} IdentityOptions
 *   `app`: under which name the browser remembers it. The texts are those of the dialog.
 */

export class Identity {
  /** The name, as the server says it; empty for nobody. */
  name = "";
  /** Whether the server takes this person for its host. */
  isHost = false;
  #options;
  #memory;
  #dialog;
  /** @type {(isKnown: boolean) => void} */
  #answered = () => {};
  #isRequired = false;

  /** @param {IdentityOptions} options */
  constructor(options) {
    this.#options = options;
    this.#memory = lasting(options.app);
    this.#dialog = this.#build();
    document.body.append(this.#dialog);
    find("#profile").addEventListener("click", () => void this.ask());
    this.#showProfile();
  }

  /** The name that this browser was known by last. */
  get remembered() {
    const name = this.#memory.read("name");
    return typeof name === "string" ? name : "";
  }

  /** Asks the server who it takes this browser for. */
  async recall() {
    this.#take(await ask("GET", "/session"));
    return this.name !== "";
  }

  /**
   * Signs in under a name. The server may add a number to it, where somebody else has it.
   *
   * @param {string} name
   * @param {string} [key] - That of the host.
   */
  async signIn(name, key) {
    this.#take(await ask("POST", "/session", key === undefined ? { name } : { name, key }));
    this.#memory.write("name", this.name);
  }

  /**
   * Opens the dialog.
   *
   * @param {{ isRequired?: boolean }} [options] - `isRequired`: there is nothing to do here without a name.
   * @returns {Promise<boolean>} whether somebody is signed in then
   */
  ask({ isRequired = false } = {}) {
    const renaming = this.name !== "";
    this.#isRequired = isRequired && !renaming;
    find("#name-heading").textContent = renaming ? "Change your name" : this.#options.heading;
    find("[data-testid=name-save]").textContent = renaming ? "Save" : this.#options.save;
    find("#name-cancel").hidden = this.#isRequired;
    const input = /** @type {HTMLInputElement} */ (find("#name-input"));
    input.value = this.name === "" ? this.remembered : this.name;
    this.#preview(input.value);
    if (!this.#dialog.open) this.#dialog.showModal();
    input.select();
    return new Promise((resolve) => (this.#answered = resolve));
  }

  #build() {
    const { why } = this.#options;
    const input = make("input", { id: "name-input", "data-testid": "name-input", required: "", placeholder: "Ann", autocomplete: "nickname", spellcheck: "false", "aria-describedby": "name-problem" });
    const actions = make(
      "div",
      { class: "actions" },
      button("Cancel", { class: "quiet", id: "name-cancel" }, () => this.#dialog.close()),
      make("button", { type: "submit", class: "primary", "data-testid": "name-save" }),
    );
    const form = make(
      "form",
      { autocomplete: "off" },
      make("span", { class: "avatar", "aria-hidden": "true" }),
      make("h2", { id: "name-heading" }),
      make("p", {}, why),
      make("label", { for: "name-input" }, "Your name"),
      input,
      make("p", { class: "name-problem", id: "name-problem", role: "alert" }),
      actions,
    );
    const dialog = make("dialog", { class: "name-dialog", "aria-labelledby": "name-heading" }, form);
    input.addEventListener("input", () => this.#preview(input.value));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#save(input.value);
    });
    dialog.addEventListener("cancel", (event) => {
      if (this.#isRequired) event.preventDefault();
    });
    dialog.addEventListener("close", () => this.#answered(this.name !== ""));
    return dialog;
  }

  /** @param {string} text */
  async #save(text) {
    const name = text.trim().replace(/\s+/gu, " ");
    const length = [...name].length;
    const problem = find("#name-problem");
    if (length < 1 || length > LONGEST) {
      problem.textContent = length < 1 ? "Please type a name." : `At most ${LONGEST} characters, please: ${length - LONGEST} less.`;
      return;
    }
    const save = /** @type {HTMLButtonElement} */ (find("[data-testid=name-save]"));
    save.disabled = true;
    try {
      await this.signIn(name);
      this.#dialog.close();
    } catch (error) {
      problem.textContent = error instanceof RequestError ? `Not signed in: ${error.message}.` : String(error);
    } finally {
      save.disabled = false;
    }
  }

  /** @param {{ name: string | null, host: boolean }} answer */
  #take({ name, host }) {
    this.name = name ?? "";
    this.isHost = host;
    this.#showProfile();
    this.#options.onChange();
  }

  /** @param {string} name */
  #preview(name) {
    find("#name-problem").textContent = "";
    portray(find(".avatar", this.#dialog), name);
  }

  #showProfile() {
    const profile = find("#profile");
    const isKnown = this.name !== "";
    portray(find(".avatar", profile), this.name);
    find(".profile-name", profile).textContent = isKnown ? this.name : "Not signed in";
    find(".profile-hint", profile).textContent = isKnown ? (this.isHost ? "Host · change name" : "Change name") : "Choose a name";
  }
}
