/** A TCP proxy in front of the server, so that a test can cut connections that neither side gave up. */

import { once } from "node:events";
import { connect, createServer } from "node:net";

/** Passes bytes on until it is told to cut. */
export class Proxy {
  #server;
  /** @type {Set<import("node:net").Socket>} */
  #sockets = new Set();
  #isDown = false;
  /** @type {"pass" | "refuse" | "swallow"} */
  #upgrades = "pass";
  /** How many connections were accepted and passed on. */
  accepted = 0;
  /** How many WebSockets were asked for and not let through. */
  blocked = 0;

  /** @param {() => number} target - The port behind the proxy. */
  constructor(target) {
    this.#server = createServer((near) => {
      if (this.#isDown) {
        near.resetAndDestroy();
        return;
      }
      this.accepted += 1;
      // A browser opens a connection of its own for each WebSocket, and the first piece holds all of its request.
      near.once("data", (first) => {
        if (this.#upgrades !== "pass" && /^upgrade: websocket\r$/im.test(first.toString("latin1"))) return this.#block(near);
        const far = connect(target(), "127.0.0.1");
        far.write(first);
        this.#pass(near, far);
        this.#pass(far, near);
      });
      near.on("error", () => {});
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

  /**
   * Lets no more WebSockets through, as some proxies do: it answers with a refusal, or not at all.
   *
   * @param {"refuse" | "swallow"} how
   */
  blockUpgrades(how) {
    this.#upgrades = how;
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

  /** @param {import("node:net").Socket} socket */
  #block(socket) {
    this.blocked += 1;
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    if (this.#upgrades === "refuse") socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    else socket.resume();
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
