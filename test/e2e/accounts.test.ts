// Who needs a person and why; holding and releasing; limits that accounts bring along (3-semantics 3.3, 3.6).
import assert from "node:assert/strict";
import test from "node:test";
import { has, jobs, World } from "./world.ts";

type Account = {
  account: string;
  status: string;
  hold: { cooldown_until: string | null } | null;
  next_at: string | null;
  [key: string]: unknown;
};

async function list(w: World, ...args: string[]): Promise<Account[]> {
  const { out, code, err } = await w.run(["accounts", "list", "--json", ...args]);
  assert.equal(code, 0, err);
  return out
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

test("accounts list: who needs a person comes first, with why and since when; then limits, then the rest", async (t) => {
  const names = ["zoe", "yan", "ann", "ben", "cleo"];
  const rows = names.flatMap((account) => [1, 2].map((n) => ({ id: `${account}${n}`, account })));
  const w = new World(t, rows, {
    zoe1: ["fail We suspended your account"],
    yan1: ["publish + exit 1"],
    ann1: ["publish + refuse account action_blocked Action blocked, try again later + exit 1"],
    cleo1: ["exit 65"],
  });
  w.write(
    "reprise.config.yaml",
    "limits: {timezone: UTC}\naccounts:\n  - {name: cleo, daily_limit: 3, device: p1, window: 00:00-23:59}\n",
  );
  await w.go("--max-passes", "1", "--verify-exec", "false");
  await w.run(["accounts", "hold", "cleo", "--reason", "new phone", "--yes"]);
  const all = await list(w);
  assert.deepEqual(
    all.map((a) => [a.account, a.status]),
    [
      ["ann", "held"],
      ["cleo", "held"],
      ["zoe", "held"],
      ["yan", "unconfirmed"],
      ["ben", "limit_reached"],
    ],
  );
  const [ann, cleo, zoe, yan, ben] = all;
  has(ann?.hold ?? {}, { cause: "action_blocked", by: "run" });
  assert.ok((ann?.hold?.cooldown_until ?? "") > new Date().toISOString());
  has(cleo?.hold ?? {}, { reason: "new phone", by: "person", cooldown_until: null });
  has(cleo, { daily_limit: 3, device: "p1", window: "00:00-23:59", timezone: "UTC", next_at: null });
  has(zoe, { held: 1, pending: 0, next_at: null });
  has(yan, { unconfirmed: 1, posts_today: 1, daily_limit: 1, needs_you: true });
  has(ben, { posts_today: 1, needs_you: false, deferred: 1 });
  assert.match(ben?.next_at ?? "", /T00:00:00\.000Z$/);
  assert.deepEqual(
    (await list(w, "--status", "unconfirmed,limit_reached")).map((a) => a.account),
    ["yan", "ben"],
  );
  const { out } = await w.run(["accounts", "list"]);
  assert.match(out, /^4 of 5 accounts need you:\n {2}3 held .*\n {2}1 with posts that may be live/);
  assert.match(out, /ann .* held .*action_blocked .* since \d{4}-.*, cooldown until /);
});

test("a release says what went back to pending, is refused before its cooldown with the time, and only for who is held", async (t) => {
  const w = new World(
    t,
    jobs(3, () => ({ account: "ann" })),
    { j1: ["publish + refuse account action_blocked Action blocked, try again later + exit 1"] },
  );
  await w.go("--daily-limit", "0");
  const early = await w.run(["accounts", "release", "ann", "--yes"]);
  assert.equal(early.code, 2);
  assert.match(early.err, /^usage: account ann: held for action_blocked until \d{4}-\d\d-\d\dT.*--force/);
  const forced = await w.run(["accounts", "release", "ann", "--force", "--yes"]);
  assert.match(forced.out, /may post again; 2 jobs went back to pending/);
  const again = await w.run(["accounts", "release", "ann", "--yes"]);
  assert.equal(again.code, 2);
  assert.match(again.err, /^usage: account ann: it is not held/);
  assert.match((await w.run(["accounts", "release", "nobody", "--yes"])).err, /^usage: account nobody: not known here/);
  assert.match(
    (await w.run(["accounts", "list", "--status", "bad"])).err,
    /^usage: --status is "bad": must be ready_for_review, held/,
  );
});

test("5,000 accounts are listed in a moment", async (t) => {
  const w = new World(t, []);
  w.write(
    "many.jsonl",
    Array.from({ length: 10_000 }, (_, i) => `{"id":"j${i}","account":"a${i % 5_000}","media":"m${i}.mp4"}`).join("\n"),
  );
  await w.run(["import", "many.jsonl"]);
  const began = process.hrtime.bigint();
  assert.equal((await list(w)).length, 5_000);
  const ms = Number((process.hrtime.bigint() - began) / 1_000_000n);
  assert.ok(ms < 10_000, `${ms} ms`); // well under one second on a machine that is not busy
});
