/** Somebody in front of the chat page: what they do, and what they see. */

import assert from "node:assert/strict";
import { eventually, RECOVERY } from "./eventually.mjs";

export class Person {
  /**
   * @param {import("playwright-core").Page} page
   * @param {string} name
   */
  constructor(page, name) {
    this.page = page;
    this.name = name;
  }

  /** Answers the question that a first visit begins with. */
  async introduce() {
    await this.#find("name-input").fill(this.name);
    await this.#find("name-save").click();
    await this.#find("name-input").waitFor({ state: "hidden" });
  }

  /** Waits until the page says that it is connected. */
  async connected() {
    await eventually(async () => assert.equal(await this.status(), "connected"), RECOVERY);
  }

  /** @param {string} text */
  async say(text) {
    await this.#find("composer").fill(text);
    await this.#find("composer").press("Enter");
  }

  /**
   * Writes without sending, key by key.
   *
   * @param {string} text
   */
  async write(text) {
    await this.#find("composer").pressSequentially(text);
  }

  /**
   * Goes to another room by its link.
   *
   * @param {string} room
   */
  async goTo(room) {
    await this.#find(`room-link-${room}`).click();
    await this.inRoom(room);
  }

  /**
   * Waits until the page shows this room.
   *
   * @param {string} room
   */
  async inRoom(room) {
    await eventually(async () => assert.equal(await this.#find("room-title").textContent(), room));
  }

  /** Loads earlier messages until there are no more. */
  async loadEverything() {
    const button = this.#find("load-earlier");
    await eventually(async () => {
      if (await button.isVisible()) await button.click();
      assert.equal(await button.isVisible(), false, "there are always more messages to load");
    });
  }

  /** The texts of the messages on the page, in their order. */
  texts() {
    return this.#find("message-text").allTextContents();
  }

  /** The messages on the page, in their order. */
  messages() {
    return this.#find("message").evaluateAll((elements) =>
      elements.map((element) => ({ author: element.getAttribute("data-author"), text: element.querySelector("[data-testid=message-text]")?.textContent })),
    );
  }

  /** The reasons of the notices on the page. */
  notices() {
    return this.#find("notice").evaluateAll((elements) => elements.map((element) => element.getAttribute("data-reason")));
  }

  /** What the page says of the connection. */
  status() {
    return this.#find("status").getAttribute("data-status");
  }

  /** Who types, as the page says it. */
  async typing() {
    return (await this.#find("typing").textContent())?.trim();
  }

  /**
   * Waits until exactly these texts are on the page, and none of them is still on its way to the server.
   *
   * @param {readonly string[]} texts
   */
  async sees(texts) {
    await eventually(async () => {
      assert.deepEqual(await this.texts(), texts);
      assert.equal(await this.page.locator("[data-testid=message]:not([data-state=stored])").count(), 0, "a message is still on its way");
    }, RECOVERY);
  }

  /** @param {string} id */
  #find(id) {
    return this.page.getByTestId(id);
  }
}
