import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Chat } from "./support/chat.mjs";
import { eventually } from "./support/eventually.mjs";

const readme = readFileSync(fileURLToPath(new URL("../../README.md", import.meta.url)), "utf8");

/** @type {Chat} */
let chat;
let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tidewire-readme-"));
  chat = await Chat.start();
});
after(async () => {
  await chat.kill();
  await rm(folder, { recursive: true });
});

/** The commands of the README that use curl, with the port of this chat. */
function commands() {
  const lines = readme.split("\n").filter((line) => line.startsWith("curl "));
  return lines.map((line) => line.replaceAll("127.0.0.1:3000", `127.0.0.1:${chat.port}`).replace(/(?<= -[bc] )jar\b/, `'${join(folder, "jar")}'`));
}

/** What the README says that curl prints: each line as a pattern, `…` standing for anything. */
function printed() {
  const [, block = ""] = /```text\n(data: .*?)```/s.exec(readme) ?? [];
  const lines = block.trimEnd().split("\n");
  return lines.map((line) => new RegExp(`^${line.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".+")}$`));
}

test("the commands of the README print what it says", async () => {
  const [signIn, listen, publish, history] = commands();
  await promisify(execFile)("bash", ["-c", `${signIn} -sf`]);
  assert.ok(listen?.includes("-N") && publish?.includes("-X POST") && history?.includes("/history"));
  const listening = spawn("bash", ["-c", `exec ${listen} -s --max-time 20`], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  listening.stdout.on("data", (chunk) => (text += chunk));
  try {
    await eventually(() => assert.match(text, /"subscribed"/));
    await promisify(execFile)("bash", ["-c", `${publish} -sf`]);
    await eventually(() => assert.match(text, /"event"/));
    const lines = text.split("\n");
    for (const pattern of printed()) assert.ok(lines.some((line) => pattern.test(line)), `${pattern} is not among\n${text}`);
    assert.ok(printed().length >= 4);
    const { stdout } = await promisify(execFile)("bash", ["-c", `${history} -sf`]);
    assert.equal(JSON.parse(stdout).events[0].data.text, "hello");
  } finally {
    listening.kill("SIGKILL");
  }
});
