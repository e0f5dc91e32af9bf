// How a repair comes by its phone: over a ledger in memory, phones in memory and a clock that jumps.
import assert from "node:assert/strict";
import test from "node:test";
import { JumpingClock, simulatedPhones } from "../../test/rig/run-rig.ts";
import { openCalendar } from "../calendar/temporal-calendar.ts";
import { type Devices, fault, providerFault } from "../devices/devices.ts";
import { Berth } from "../fleet/berth.ts";
import { newMemoryStore, openMemoryLedger } from "../ledger/memory/memory-ledger.ts";
import { bringForRepair } from "./repair-bring.ts";
import type { RepairNews } from "./repair-news.ts";

const PHONE = { id: "p1", provider: "adb" };

function world() {
  const clock = new JumpingClock();
  const ledger = openMemoryLedger({ calendar: openCalendar(), now: () => clock.now() }, newMemoryStore());
  const devices: Devices = simulatedPhones(clock, ["p1"]);
  const book = ledger.campaign("default+repair+x").fleet;
  const berth = new Berth("p1", { devices, book, provider: "adb", mark: "m/1", clock });
  const news: RepairNews[] = [];
  const halt = new AbortController();
  const parts = { desk: ledger.devices, clock, tell: (one: RepairNews) => void news.push(one), halt: halt.signal };
  return { clock, ledger, devices, berth, news, halt, bring: () => bringForRepair(berth, parts) };
}

test("a phone that a run has is waited for, and that is told once", async () => {
  const w = world();
  const run = w.ledger.campaign("night");
  await run.fleet.take({ ...PHONE, wasOn: false }, "m/2");
  const bringing = w.bring();
  const until = w.clock.now() + 5000;
  while (w.clock.now() < until) await new Promise((resolve) => setImmediate(resolve));
  await run.fleet.give("p1", null);
  assert.ok((await bringing) !== null);
  assert.deepEqual(
    w.news.map((one) => (one.type === "in_use" ? one.campaign : one.type)),
    ["bringing", "night"],
  );
});

test("a run that never gives it back is told after a quarter of an hour", async () => {
  const w = world();
  await w.ledger.campaign("night").fleet.take({ ...PHONE, wasOn: false }, "m/2");
  await assert.rejects(w.bring(), { code: "conflict", message: "phone p1: campaign night still has it" });
});

test("a phone that is taken out has to be put back first", async () => {
  const w = world();
  const out = { by: "person", cause: "by_person", reason: "screen broken", until: null } as const;
  await w.ledger.devices.takeOut(PHONE, out);
  await assert.rejects(w.bring(), {
    code: "preflight",
    message: /screen broken; put it back first: reprise devices put-back p1/,
  });
});

test("a fault that passes is asked about again, one that does not ends it, and nothing stays leased", async () => {
  const w = world();
  const start = w.devices.start.bind(w.devices);
  const answers = [
    providerFault("try_again", "rate_limited", "too many requests"),
    fault("gone", "device_expired", "expired"),
  ];
  w.devices.start = async (id, halt) => answers.shift() ?? start(id, halt);
  await assert.rejects(w.bring(), { code: "preflight", message: /phone p1 can't be had: expired; see reprise doctor/ });
  const [phone] = await w.ledger.devices.list();
  assert.deepEqual([phone?.lease, phone?.started], [null, null]);
  assert.ok((await w.bring()) !== null);
});

test("a stop ends the wait", async () => {
  const w = world();
  w.halt.abort();
  assert.equal(await w.bring(), null);
});
