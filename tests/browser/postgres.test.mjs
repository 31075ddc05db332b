import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { promisify } from "node:util";
import { eventually, RECOVERY } from "./support/eventually.mjs";
import { arrive, BINARY, FIRST } from "./support/harbour.mjs";
import { runToEnd, Service } from "./support/service.mjs";

/** A row that leaves before all others. */
const TERN = "INSERT INTO departures (id, departs, destination, vessel, berth) VALUES (100, '08:00', 'Far Skerries', 'Arctic Tern', 'C3')";

arrive("what somebody inserts, updates and deletes with psql is on every page, with what happened", async (harbour) => {
  const { database } = harbour;
  const pages = [await harbour.look(), await harbour.look()];
  for (const page of pages) await page.sees(FIRST);
  await database.psql(TERN);
  for (const page of pages) {
    await page.sees(["Far Skerries", ...FIRST]);
    await page.hears("08:00 Far Skerries is new: Arctic Tern at C3");
  }
  await database.psql("UPDATE departures SET state = 'boarding', berth = 'C4' WHERE id = 100");
  for (const page of pages) {
    await page.showsState(100, "boarding");
    await page.hears("08:00 Far Skerries: berth C3 → C4, on time → boarding");
    await eventually(async () => assert.deepEqual(await page.page.locator(".row.newest").evaluateAll((all) => all.map((one) => /** @type {HTMLElement} */ (one).dataset.id)), ["100"]));
  }
  // The flaps come to rest on what is read aloud.
  const flaps = pages[0]?.page.locator("[data-id='100'] .destination .flaps");
  await eventually(async () => assert.equal((await flaps?.textContent())?.trim(), "FAR SKERRIES"));
  await database.psql("DELETE FROM departures WHERE id = 100");
  for (const page of pages) {
    await page.sees(FIRST);
    await page.hears("08:00 Far Skerries was taken off");
  }
  await database.psql("TRUNCATE departures");
  for (const page of [...pages, await harbour.look()]) {
    await page.sees([]);
    assert.equal(await page.find("total").innerText(), "0 departures");
  }
});

arrive("a transaction that is rolled back never was, and what a slow one did is there when it commits", async (harbour) => {
  const { database } = harbour;
  const page = await harbour.look();
  const slow = database.session();
  await slow.say("BEGIN; UPDATE departures SET state = 'cancelled' WHERE id = 3;");
  await database.psql(`BEGIN; ${TERN}; ROLLBACK`);
  await database.psql("UPDATE departures SET state = 'boarding' WHERE id = 5");
  await page.showsState(5, "boarding");
  assert.equal(await page.state(3), "on time", "it is not committed yet");
  await slow.say("COMMIT;");
  await slow.end();
  await page.showsState(3, "cancelled");
  await page.hears(/^10:05 Saint Brannoc/);
  assert.ok(!(await page.news()).some((line) => line.includes("Far Skerries")), "it was rolled back");
  await page.sees(FIRST);
});

arrive("what is no departure is refused by the database, and text is only text", async (harbour) => {
  const { database } = harbour;
  const page = await harbour.look();
  await assert.rejects(database.psql("UPDATE departures SET state = 'sunk'"), /check constraint/);
  const odd = "<img src=x onerror=alert(1)>";
  await database.psql(`UPDATE departures SET destination = '${odd}', vessel = '⚓ Ærø' WHERE id = 1`);
  await page.sees([odd, ...FIRST.slice(1)]);
  await page.hears(`09:15 ${odd} is departed`);
  assert.equal(await page.page.locator("img[src=x]").count(), 0);
});

arrive("5 000 rows in one transaction are there at once, and the page goes on", async (harbour) => {
  const { database } = harbour;
  const page = await harbour.look();
  await page.page.evaluate(() => {
    const pauses = /** @type {any} */ (globalThis);
    pauses.longest = 0;
    let last = performance.now();
    setInterval(() => {
      pauses.longest = Math.max(pauses.longest, performance.now() - last);
      last = performance.now();
    }, 20);
  });
  await database.psql("INSERT INTO departures (departs, destination, vessel, berth) SELECT time '13:00' + n * interval '5 s', 'Isle ' || n, 'Ferry ' || n, 'E' || n % 9 FROM generate_series(1, 5000) n");
  await eventually(async () => assert.equal(await page.find("total").innerText(), "the next 24 of 5,008 departures"), RECOVERY);
  await eventually(async () => {
    // A page that was too slow for the history is told how many it missed, and what came between is told one by one if it is little.
    const told = await page.page.getByTestId("line").evaluateAll((all) => all.map((one) => Number(/** @type {HTMLElement} */ (one).dataset.count)));
    assert.equal(told.reduce((all, some) => all + some, 0), 5000, `each row was an event: ${await page.news()}`);
  }, RECOVERY);
  await database.psql("UPDATE departures SET state = 'delayed' WHERE id = 2");
  await page.showsState(2, "delayed");
  const longest = await page.page.evaluate(() => /** @type {any} */ (globalThis).longest);
  assert.ok(longest < 3000, `the page stood still for ${longest} ms`);
});

arrive("a database that is killed is missed on the page at once, and nothing is lost when it is back", async (harbour) => {
  const { database } = harbour;
  const page = await harbour.look();
  await database.psql("UPDATE departures SET state = 'boarding' WHERE id = 3");
  await page.showsState(3, "boarding");
  await database.kill();
  await page.warns(/^The database cannot be reached\. What you see is from \d\d:\d\d:\d\d\.$/);
  await page.showsState(3, "boarding");
  assert.equal(await page.find("status").getAttribute("data-status"), "connected", "the service is there");
  // Whoever comes now is told the same.
  const late = await harbour.newPage();
  await late.goto(harbour.server.origin);
  await eventually(async () => assert.match(await late.getByTestId("stale").innerText(), /^The database cannot be reached\./), RECOVERY);
  await database.run();
  await database.psql(`${TERN}; UPDATE departures SET state = 'departed' WHERE id = 3`);
  await page.isLive();
  assert.equal(await page.find("stale").isVisible(), false);
  await page.sees(["Far Skerries", ...FIRST]);
  await page.showsState(3, "departed");
  await eventually(async () => assert.equal(await late.locator("body").getAttribute("data-live"), "true"), RECOVERY);
  await eventually(async () => assert.equal(await late.getByTestId("departure").count(), FIRST.length + 1));
  await eventually(async () => assert.ok((await page.news()).includes("08:00 Far Skerries is new: Arctic Tern at C3")), RECOVERY);
});

arrive("what is changed while the service is away is there when it is back, and is told", async (harbour) => {
  const { database, server } = harbour;
  const page = await harbour.look();
  await page.sees(FIRST);
  await server.kill();
  await page.warns(/^The service cannot be reached\. What you see is from /);
  await database.psql(`${TERN}; UPDATE departures SET state = 'delayed' WHERE id = 100; DELETE FROM departures WHERE id = 1`);
  await server.startAgain();
  await page.isLive();
  await page.sees(["Far Skerries", ...FIRST.slice(1)]);
  await page.hears("09:15 Skerry was taken off");
  assert.equal((await page.news()).filter((line) => line === "08:00 Far Skerries is new: Arctic Tern at C3").length, 1);
}, { serverMayBeAway: true });

arrive("on a phone the whole of it fits", async (harbour) => {
  const viewport = { width: 390, height: 844 };
  const page = await harbour.look({ viewport, deviceScaleFactor: 2, isMobile: true, hasTouch: true });
  await harbour.database.psql("UPDATE departures SET destination = 'Upper Saint Brannoc by the Sea', vessel = 'Great Northern Loon' WHERE id = 1");
  await page.hears(/^09:15 Upper Saint Brannoc/);
  assert.equal(await page.page.evaluate(() => document.documentElement.scrollWidth), viewport.width);
  for (const id of ["status", "database", "copy", "command"]) {
    const box = await page.find(id).boundingBox();
    assert.ok(box !== null && box.x >= 0 && box.x + box.width <= viewport.width, `${id} is at ${JSON.stringify(box)}`);
  }
  await page.find("tab-2").tap();
  assert.match(await page.find("command").innerText(), /^psql "\$DATABASE_URL" -c "DELETE FROM departures WHERE id = \d+"$/);
});

test("without a database it starts one of its own, whose printed command works, and which ends however the example ends", async () => {
  const service = new Service(BINARY, { DATABASE_URL: "" });
  await service.launch();
  try {
    const { psql } = (await service.get("/psql")).body;
    const [, folder = ""] = /^psql -h (\S+) -U postgres$/.exec(psql) ?? [];
    assert.ok(existsSync(folder), psql);
    const { stdout } = await promisify(execFile)("sh", ["-c", `${psql} -tAc "UPDATE departures SET state = 'delayed' WHERE id = 3 RETURNING vessel"`]);
    assert.match(stdout, /^Merganser/);
    const server = Number(readFileSync(`${folder}/data/postmaster.pid`, "utf8").split("\n")[0]);
    assert.ok(isThere(server));
    await service.kill();
    await eventually(() => assert.ok(!isThere(server) && !existsSync(folder)), RECOVERY);
  } finally {
    await service.kill();
  }
});

test("where the database that is named is not there, or is no address, one message says so without the password", async () => {
  const nowhere = await runToEnd(BINARY, { DATABASE_URL: "postgres://ann:s3cret@127.0.0.1:1/harbour" });
  assert.equal(nowhere.code, 1);
  assert.match(nowhere.log, /^postgres-example: the database that DATABASE_URL names, `harbour` at 127\.0\.0\.1:1 as `ann`, cannot be used: .*refused/);
  assert.ok(!nowhere.log.includes("s3cret"));
  const nonsense = await runToEnd(BINARY, { DATABASE_URL: "no address" });
  assert.equal(nonsense.code, 1);
  assert.match(nonsense.log, /^postgres-example: the database that DATABASE_URL names cannot be used: invalid connection string/);
});

/** @param {number} id */
function isThere(id) {
  try {
    process.kill(id, 0);
    return true;
  } catch {
    return false;
  }
}
