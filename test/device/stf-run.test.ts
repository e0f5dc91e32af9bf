// `reprise run --devices stf` as a user runs it: the real command, a stand-in farm with simulated phones, a real adb.
import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { readPosts } from "../../src/sim/phone/app/witness.ts";
import { StfServer } from "../../src/sim/stf/stf-server.ts";
import { has, World } from "../e2e/world.ts";
import { POSTER } from "./cloud-world.ts";
import { addFarmPhones } from "./stf-world.ts";

const env = { STF_TOKEN: "stand-in-token" };
const RUN = [
  "run",
  "jobs.jsonl",
  "--json",
  "--exec",
  POSTER,
  "--verify-exec",
  "same",
  "--daily-limit",
  "0",
  "--settle",
  "0",
];

/** @param loggedIn  on each phone; by default whose phone it is */
async function farm(t: TestContext, loggedIn?: string[]) {
  const names = ["anna", "bea"];
  const w = new World(
    t,
    Array.from({ length: 4 }, (_, i) => ({ id: `j${i}`, account: names[i % 2] ?? "" })),
  );
  const server = new StfServer();
  t.after(() => server.close());
  await addFarmPhones(server, loggedIn ?? names, `${w.dir}/witness.jsonl`);
  server.users.set("persons-token", "olga@farm.invalid");
  server.addPhone("THEIRS", { owner: "olga@farm.invalid" });
  const url = await server.listen();
  const accounts = names.map((name, i) => `{name: ${name}, device: FARM${i + 1}}`);
  const configure = (more = "") => {
    const devices = `{provider: stf, url: "${url}", poll: 200ms${more}}`;
    w.write("reprise.config.yaml", `devices: ${devices}\naccounts: [${accounts}]\n`);
  };
  configure();
  return { w, server, configure, start: () => w.start(RUN, { env }) };
}

test("a farm's phones are reserved, posted from and given back; somebody's stays hers", async (t) => {
  const { w, server, start } = await farm(t);
  const { final, err } = await start().end;
  has(final, { final_result: "all_complete", success: 4, attempts: 4 });
  const posted = readPosts(`${w.dir}/witness.jsonl`).map(({ media_sha256 }) => media_sha256);
  assert.deepEqual([posted.length, new Set(posted).size], [4, 4], err);
  assert.deepEqual(server.held(), ["THEIRS"]);
  assert.ok(!server.log.some((entry) => entry.at !== "request" && entry.serial === "THEIRS"));
});

test("what a killed run has reserved is given back by the next sweep", async (t) => {
  const { w, server, start } = await farm(t);
  const running = start();
  await running.event("device.ready");
  await running.killHard();
  assert.ok(server.held().length > 1);
  await w.run(["sweep", "--yes"], { env });
  assert.deepEqual([server.held(), w.census()], [["THEIRS"], []]);
});

test("another account on a phone halts the run, which names the key; one of another kind says nothing of ours", async (t) => {
  const { configure, start } = await farm(t, ["mallory", "mallory"]);
  const { final, events } = await start().end;
  has(final, { final_result: "halted", exit_code: 7, success: 0 });
  const said = events.flatMap((e) => (e.type === "attempt.finished" ? [e.failure?.message ?? ""] : []));
  assert.match(said[0] ?? "", /there is mallory\. .* name the kind to look at: devices\.account_type$/);
  configure(", account_type: com.example");
  has((await start().end).final, { final_result: "all_complete", success: 4 });
});
