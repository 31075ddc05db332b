/** PostgreSQL servers that belong to one test: each in its own folder, on its own socket, ended by its id. */

import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { eventually, RECOVERY } from "./eventually.mjs";

/** Servers that still run. A test that is ended from outside must not leave any behind. */
const running = new Set();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Where Debian puts the programs, which is not in the path. */
const DEBIAN = "/usr/lib/postgresql";
const programs = existsSync(DEBIAN) ? join(DEBIAN, readdirSync(DEBIAN).sort().at(-1) ?? "", "bin") : "";

/** PostgreSQL refuses to run as root: then it runs as the user that Debian's package makes. */
/** @type {{ uid?: number, gid?: number }} */
const owner = process.getuid?.() === 0 ? userNamed("postgres") : {};

export class Postgres {
  #folder = mkdtempSync(join(tmpdir(), "tw-pg-"));
  /** @type {import("node:child_process").ChildProcess | undefined} */
  #child;

  static async start() {
    const server = new Postgres();
    if (owner.uid !== undefined && owner.gid !== undefined) chownSync(server.#folder, owner.uid, owner.gid);
    const initdb = ["--no-sync", "--wal-segsize=1", "--encoding=UTF8", "--locale=C", "--auth=trust", "--username=postgres", "-D", join(server.#folder, "data")];
    execFileSync(join(programs, "initdb"), initdb, { ...owner, cwd: "/", env: { ...process.env, LC_ALL: "C" }, stdio: "pipe" });
    await server.run();
    return server;
  }

  /** Starts it, again if need be, with what is in its folder. */
  async run() {
    const log = openSync(join(this.#folder, "log"), "a");
    const settings = ["-c", "listen_addresses=", "-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "max_connections=30"];
    await eventually(async () => {
      if (this.#child === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) {
        // What a killed server left behind is in the way for a moment.
        const child = spawn(join(programs, "postgres"), ["-D", join(this.#folder, "data"), "-k", this.#folder, ...settings], { ...owner, cwd: "/", env: { ...process.env, LC_ALL: "C" }, stdio: ["ignore", log, log] });
        running.add(child);
        child.on("exit", () => running.delete(child));
        this.#child = child;
      }
      await this.psql("SELECT 1");
    }, RECOVERY);
  }

  /** For `DATABASE_URL`. */
  get address() {
    return `host=${this.#folder} user=postgres dbname=postgres`;
  }

  /**
   * Runs statements with psql, each in a transaction of its own unless they say otherwise. Answers what is selected.
   *
   * @param {string} statements
   */
  async psql(statements) {
    return (await promisify(execFile)("psql", [...this.#arguments, "-c", statements])).stdout.trim();
  }

  /**
   * A psql that somebody sits at. It ends with the test.
   *
   * @returns {{ say: (line: string) => Promise<void>, end: () => Promise<void> }}
   */
  session() {
    const child = spawn("psql", this.#arguments, { stdio: ["pipe", "pipe", "pipe"] });
    running.add(child);
    child.on("exit", () => running.delete(child));
    let output = "";
    let said = 0;
    child.stdout.setEncoding("utf8").on("data", (text) => (output += text));
    return {
      say: async (line) => {
        said += 1;
        child.stdin.write(`${line}\n\\echo said ${said}\n`);
        await eventually(() => {
          if (!output.includes(`said ${said}\n`)) throw new Error(`psql has not done: ${line}`);
        });
      },
      end: async () => {
        child.stdin.end();
        await once(child, "exit");
      },
    };
  }

  get #arguments() {
    return ["-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", this.address];
  }

  /** Ends it as the system does that has no memory left. */
  async kill() {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }

  /** Ends it for good. */
  async end() {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

/** @param {string} name */
function userNamed(name) {
  const line = readFileSync("/etc/passwd", "utf8").split("\n").find((user) => user.startsWith(`${name}:`));
  if (line === undefined) throw new Error(`there is no user ${name}: install postgresql`);
  const [, , uid, gid] = line.split(":");
  return { uid: Number(uid), gid: Number(gid) };
}
