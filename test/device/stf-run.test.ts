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

async function farm(t: TestContext) {
  const names = ["anna", "bea"];
  const w = new World(
    t,
    Array.from({ length: 4 }, (_, i) => ({ id: `j${i}`, account: names[i % 2] ?? "" })),
  );
  const server = new StfServer();
  t.after(() => server.close());
  await addFarmPhones(server, names, `${w.dir}/witness.jsonl`);
  server.users.set("persons-token", "olga@farm.invalid");
  server.addPhone("THEIRS", { owner: "olga@farm.invalid" });
  const url = await server.listen();
  const accounts = names.map((name, i) => `{name: ${name}, device: FARM${i + 1}}`);
  w.write("reprise.config.yaml", `devices: {provider: stf, url: "${url}", poll: 200ms}\naccounts: [${accounts}]\n`);
  return { w, server, start: () => w.start(RUN, { env }) };
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
