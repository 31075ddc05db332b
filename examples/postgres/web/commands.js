/** What somebody can paste into a terminal, made for the departures that are on the board. */

import { button, find } from "/reception/elements.js";
import { ask } from "/reception/requests.js";

/** @typedef {import("./board.js").Departure} Departure */

/** How long the button says that it was copied, in milliseconds. */
const SAID = 1600;

/** @type {readonly { name: string, note: string, sql: (some: Departure | undefined) => string }[]} */
const EXAMPLES = [
  { name: "Update", note: "The row is on the board as soon as it is committed.", sql: (some) => `UPDATE departures SET state = '${some?.state === "delayed" ? "boarding" : "delayed"}' WHERE id = ${some?.id ?? 1}` },
  { name: "Insert", note: "Leave one of the columns out: the database refuses, and the board stays as it is.", sql: () => "INSERT INTO departures (departs, destination, vessel, berth) VALUES ('10:20', 'Far Skerries', 'Arctic Tern', 'C3')" },
  { name: "Delete", note: "What stood below moves up.", sql: (some) => `DELETE FROM departures WHERE id = ${some?.id ?? 1}` },
  { name: "Roll back", note: "A transaction that is rolled back never was: nothing moves.", sql: () => "BEGIN; UPDATE departures SET state = 'cancelled'; ROLLBACK" },
  { name: "5 000 rows", note: "In one transaction. Each is an event; the board is read once or twice.", sql: () => "INSERT INTO departures (departs, destination, vessel, berth) SELECT time '13:00' + n * interval '5 s', 'Isle ' || n, 'Ferry ' || n, 'E' || n % 9 FROM generate_series(1, 5000) n" },
];

export class Commands {
  #psql = "psql";
  #chosen = 0;
  /** @type {Departure | undefined} */
  #some;

  constructor() {
    const tabs = EXAMPLES.map(({ name }, at) => button(name, { class: "tab", "data-testid": `tab-${at}` }, () => this.#choose(at)));
    find("#tabs").append(...tabs);
    find("#copy").addEventListener("click", () => void this.#copy());
    this.#show();
    void ask("GET", "/psql").then(({ psql }) => {
      this.#psql = psql;
      this.#show();
    }, () => {});
  }

  /**
   * What is on the board.
   *
   * @param {readonly Departure[]} departures
   */
  about(departures) {
    this.#some = departures.find(({ id }) => id === this.#some?.id) ?? departures.find(({ state }) => state === "on time") ?? departures[0];
    this.#show();
  }

  /** @param {number} at */
  #choose(at) {
    this.#chosen = at;
    this.#show();
  }

  #show() {
    const example = EXAMPLES[this.#chosen] ?? EXAMPLES[0];
    find("#command").textContent = `${this.#psql} -c "${example?.sql(this.#some)}"`;
    find("#note").textContent = example?.note ?? "";
    [...find("#tabs").children].forEach((tab, at) => tab.setAttribute("aria-pressed", String(at === this.#chosen)));
  }

  async #copy() {
    const copy = find("#copy");
    const text = find("#command").textContent ?? "";
    // A browser may refuse; then the text is selected, to be copied by hand.
    // A page that came unencrypted from another machine has no clipboard.
    const isCopied = await (navigator.clipboard?.writeText(text) ?? Promise.reject()).then(() => true, () => false);
    if (!isCopied) getSelection()?.selectAllChildren(find("#command"));
    copy.textContent = isCopied ? "Copied" : "Press Ctrl-C";
    setTimeout(() => (copy.textContent = "Copy"), SAID);
  }
}
