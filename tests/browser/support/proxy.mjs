/** A TCP proxy in front of the server, so that a test can cut connections that neither side gave up. */

import { once } from "node:events";
import { connect, createServer } from "node:net";

/** Passes bytes on until it is told to cut. */
export class Proxy {
  #server;
  /** @type {Set<import("node:net").Socket>} */
  #sockets = new Set();
  #isDown = false;
  /** How many connections were accepted and passed on. */
  accepted = 0;

  /** @param {() => number} target - The port behind the proxy. */
  constructor(target) {
    this.#server = createServer((near) => {
      if (this.#isDown) {
        near.resetAndDestroy();
        return;
      }
      this.accepted += 1;
      const far = connect(target(), "127.0.0.1");
      this.#pass(near, far);
      this.#pass(far, near);
    });
  }

  /** @param {() => number} target - The port behind the proxy. */
  static async start(target) {
    const proxy = new Proxy(target);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get origin() {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the proxy is not listening");
    return `http://127.0.0.1:${address.port}`;
  }

  /** Cuts every connection there is; new ones are accepted. */
  cut() {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Cuts every connection, and each new one at once. */
  goDown() {
    this.#isDown = true;
    this.cut();
  }

  comeBack() {
    this.#isDown = false;
  }

  async stop() {
    this.goDown();
    this.#server.close();
    await once(this.#server, "close");
  }

  /**
   * Passes on what one side says, and its end.
   *
   * @param {import("node:net").Socket} socket
   * @param {import("node:net").Socket} other
   */
  #pass(socket, other) {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.pipe(other);
    // Each error is followed by `close`.
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#sockets.delete(socket);
      other.destroy();
    });
  }
}
