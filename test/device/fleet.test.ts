// `--devices adb` from end to end: the real command, adb, Appium and UiAutomator2 driver. Only the phones are simulated. At length, with
// faults and kills: test/full/fleet.full.ts, fleet-left.full.ts.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { askVersion } from "../../src/devices/adb/adb-server.ts";
import { startPhone } from "../../src/sim/phone/phone-process.ts";
import { has } from "../e2e/world.ts";
import { until } from "./adb-world.ts";
import { connected, fleetWorld, forwards, go, posted, posts, rows, sha, starts } from "./fleet-world.ts";

const APPIUM_POSTER = fileURLToPath(new URL("../fixtures/appium-poster.mjs", import.meta.url));
const limit = { timeout: 300_000 };

test("jobs go out from the phone of their account, each once, and nothing of ours is left", limit, async (t) => {
  const accounts = ["anna", "bert"] as [string, string];
  const w = await fleetWorld(t, rows(2, accounts), { accounts });
  const { final, events } = await go(w);
  has(final, { exit_code: 0, success: 2, attempts: 2 });
  const made = posts(w).toSorted((a, b) => (a.caption < b.caption ? -1 : 1));
  assert.deepEqual(
    made.map((p) => [p.caption, p.account, p.media_sha256]),
    [1, 2].map((n) => [`no. ${n} 🎈`, accounts[(n - 1) % 2], sha(w, `j${n}`)]),
  );
  const on = events.flatMap((e) => (e.type === "device.ready" ? [e.device] : []));
  assert.deepEqual(on.toSorted(), w.phones.phones.map(({ serial }) => serial).toSorted());
  assert.equal(events[0]?.type, "run.started", "a look at the phones beforehand is no event");
  assert.deepEqual([w.census(), await forwards(w), await connected(w)], [[], [], []]);
});

test("no phone there at the start: exit 20, each phone named, nothing attempted", limit, async (t) => {
  const w = await fleetWorld(t, rows(1, ["anna"]));
  await w.phones.phones[0].command({ do: "gone" });
  const { code, err, events } = await go(w);
  assert.equal(code, 20);
  assert.match(err, /no phone can be had: phone 127\.0\.0\.1:\d+: nobody answers there; see reprise doctor/);
  assert.ok(!events.some((e) => e.type === "attempt.started" || e.type === "run.started"));
  assert.equal(events.at(-1)?.type, "error");
});

test("no phone there at the start: the adb server of the run's own ends with it", limit, async (t) => {
  const w = await fleetWorld(t, rows(1, ["anna"]), { isPrivate: true });
  await w.phones.phones[0].command({ do: "gone" });
  assert.equal((await go(w)).code, 20);
  assert.deepEqual(await askVersion(w.phones.port), { is: "nobody" });
});

test("another account on the phone: no tap, nothing burnt, the run halts and says which", limit, async (t) => {
  const w = await fleetWorld(t, rows(1, ["anna"]));
  const [phone] = w.phones.phones;
  const run = starts(w);
  // between the poster's own look at the profile and its tap somebody logs in as another
  await run.event("attempt.step", (e) => e.step === "caption");
  await phone.command({ do: "account", name: "mallory" });
  const { final, events } = await run.end;
  has(final, { exit_code: 7, success: 0, final_result: "halted" });
  const causes = events.flatMap((e) => (e.type === "attempt.finished" ? [e.failure?.cause] : []));
  assert.deepEqual(causes, ["wrong_account_on_phone"]);
  assert.deepEqual(posted(w), []);
});

test(
  "another phone gets the address of one that names no account: the run halts, and nothing goes out from it",
  limit,
  async (t) => {
    const w = await fleetWorld(t, rows(1, ["anna"]), { devices: "  account_type: com.nobody" });
    const [phone] = w.phones.phones;
    const run = starts(
      w,
      "--exec",
      "echo >> ran; [ -e open-on ] && exit 0; until [ -e open-on ]; do sleep 0.05; done; exit 75",
    );
    await until("the poster runs", () => existsSync(join(w.dir, "ran")));
    await phone.command({ do: "gone" });
    const other = await startPhone({ id: "SIM9", account: "mallory", port: phone.port });
    t.after(() => other.end());
    w.open("on");
    const { final, events } = await run.end;
    has(final, { exit_code: 7, success: 0, attempts: 1, final_result: "halted" });
    const why = events.flatMap((e) => (e.type === "warning" && e.code === "halted" ? [e.message] : []));
    assert.match(why.join(), /^where phone 127\.0\.0\.1:\d+ was, there is phone SIM9 now/);
    assert.equal(readFileSync(join(w.dir, "ran"), "utf8"), "\n", "the poster ran once");
  },
);

test(
  "a command poster is given an Appium; the session that it leaves open is ended with its attempt",
  limit,
  async (t) => {
    const w = await fleetWorld(t, rows(2, ["anna"]));
    const { final } = await go(w, "--exec", `"${process.execPath}" "${APPIUM_POSTER}"`, "--max-passes", "1");
    has(final, { exit_code: 0, success: 2, attempts: 2 });
    assert.deepEqual(posted(w), ["no. 1 🎈", "no. 2 🎈"]);
    const log = readFileSync(join(w.dir, ".reprise/logs/appium_1.log"), "utf8");
    assert.equal(log.match(/--> DELETE \S*\/session\//g)?.length, 2, "not by the server's own end");
    assert.deepEqual([w.census(), await forwards(w), await connected(w)], [[], [], []]);
  },
);
