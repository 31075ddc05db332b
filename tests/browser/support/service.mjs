/** An example as a process. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { within } from "./eventually.mjs";

/** Servers that still run. A test that is ended from outside must not leave any behind. */
const running = new Set();
process.on("exit", endAll);
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  process.on(signal, () => {
    endAll();
    process.exit(1);
  });
}

function endAll() {
  for (const child of running) child.kill("SIGKILL");
}

/** A server that can be killed and started again on the port it had. */
export class Service {
  #binary;
  #environment;
  /** @type {import("node:child_process").ChildProcess | undefined} */
  #child;
  #log = "";
  port = 0;

  /**
   * @param {string} binary
   * @param {Record<string, string>} [environment]
   */
  constructor(binary, environment = {}) {
    this.#binary = binary;
    this.#environment = environment;
  }

  /** Where the server answers. */
  get origin() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** What the server has written to standard error. */
  get log() {
    return this.#log;
  }

  /** Ends the server at once, as `kill -9` does. */
  async kill() {
    await this.end("SIGKILL");
  }

  /**
   * Ends the server with a signal and waits until it has ended.
   *
   * @param {NodeJS.Signals} signal
   * @param {number} [deadline] - In milliseconds.
   * @returns {Promise<number | null>} the exit code
   */
  async end(signal, deadline) {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const ended = once(child, "exit");
    child.kill(signal);
    await within(ended, `the end of the server after ${signal}`, deadline);
    return child.exitCode;
  }

  /** Starts the server again on the same port. */
  async startAgain() {
    await this.launch();
  }

  /**
   * What requests carry that a test makes without a page.
   *
   * @returns {Promise<Record<string, string>>}
   */
  async headers() {
    return {};
  }

  /**
   * Sends JSON, or any text that is meant to be some.
   *
   * @param {string} path
   * @param {unknown} body
   * @param {Record<string, string>} [headers] - Those of somebody else.
   */
  async post(path, body, headers) {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return fetch(this.origin + path, { method: "POST", headers: { "content-type": "application/json", ...(headers ?? (await this.headers())) }, body: text, signal: AbortSignal.timeout(10_000) });
  }

  /**
   * Reads JSON.
   *
   * @param {string} path
   * @param {RequestInit} [request]
   */
  async get(path, request) {
    const answer = await fetch(this.origin + path, { signal: AbortSignal.timeout(10_000), headers: await this.headers(), ...request });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, body: text === "" ? undefined : JSON.parse(text) };
  }

  /** Starts it on the port that it had, or on a free one. */
  async launch() {
    const child = spawn(this.#binary, { env: { ...process.env, ...this.#environment, PORT: String(this.port) }, stdio: ["ignore", "pipe", "pipe"] });
    running.add(child);
    child.on("exit", () => running.delete(child));
    child.stderr.setEncoding("utf8").on("data", (text) => (this.#log += text));
    this.#child = child;
    const line = await within(firstLine(child), "the server's first line").catch((error) => {
      child.kill("SIGKILL");
      throw new Error(`${this.#binary} did not start: ${error.message}\n${this.#log}`);
    });
    const found = /^listening on http:\/\/127\.0\.0\.1:(\d+)$/.exec(line);
    if (found === null) throw new Error(`the server's first line is not its address: ${line}`);
    this.port = Number(found[1]);
  }
}

/**
 * Runs the server once, expecting that it ends by itself.
 *
 * @param {string} binary
 * @param {Record<string, string>} environment
 */
export async function runToEnd(binary, environment) {
  const child = spawn(binary, { env: { ...process.env, ...environment }, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  child.on("exit", () => running.delete(child));
  let output = "";
  let log = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (log += text));
  try {
    await within(once(child, "close"), "the end of the server");
  } finally {
    child.kill("SIGKILL");
  }
  return { code: child.exitCode, output, log };
}

/**
 * @param {import("node:child_process").ChildProcess} child
 * @returns {Promise<string>}
 */
function firstLine(child) {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout?.setEncoding("utf8").on("data", (piece) => {
      text += piece;
      const end = text.indexOf("\n");
      if (end >= 0) resolve(text.slice(0, end));
    });
    child.on("error", reject);
    child.on("exit", (code, signal) => reject(new Error(`it ended with ${code ?? signal}`)));
  });
}
