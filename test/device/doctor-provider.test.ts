// `reprise doctor --devices geelark|stf` on the real command: one fault planted in a stand-in each.
import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { GeelarkServer } from "../../src/sim/geelark/geelark-server.ts";
import { StfServer } from "../../src/sim/stf/stf-server.ts";
import { World } from "../e2e/world.ts";

const TOKEN = "stand-in-token";
const KEY = { GEELARK_TOKEN: "stand-in-key", APP_ID: "stand-in-app" };
type Found = { check: string; level: string; finding: string; remedy: string | null };

async function account(t: TestContext) {
  const server = new GeelarkServer();
  t.after(() => server.close());
  const phones = [1, 2].map((n) => server.addPhone(n));
  const w = new World(t, []);
  const url = await server.listen();
  const configure = (more = "", at = url) =>
    w.write(
      "reprise.config.yaml",
      `devices: {provider: geelark, url: "${at}"${more}}\naccounts: [{name: ana, device: phone-1}]\n`,
    );
  configure();
  return { server, phones, w, configure, url };
}

async function examine(w: World, env: Record<string, string>) {
  const { code, out, err } = await w.run(["doctor", "--json", "--exec", "true"], { env });
  const found: Found[] = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  for (const secret of Object.values(env)) assert.ok(!`${out}${err}`.includes(secret), "a secret is told");
  return { code, found, bad: found.filter(({ level }) => level !== "ok") };
}

test("a provider that is well: token, money and phones are told, and nothing is switched on", async (t) => {
  const { w, server } = await account(t);
  const { code, found, bad } = await examine(w, { GEELARK_TOKEN: TOKEN });
  assert.deepEqual([code, bad], [0, []]);
  const told = new Map(found.map(({ check, finding }) => [check, finding]));
  assert.match(told.get("geelark") ?? "", /^http:\/\/127\.0\.0\.1:\d+ answers, and takes the token or key$/);
  assert.equal(told.get("geelark balance"), "100.00 left");
  assert.equal(told.get("phones"), "2 at geelark, 2 of them off");
  assert.deepEqual(
    server.log.filter(({ at }) => at !== "request"),
    [],
  );
});

type Planting = Awaited<ReturnType<typeof account>>;
const signing = ", app_id_env: APP_ID";
const planted: [
  what: string,
  plant: (p: Planting) => void,
  env: Record<string, string>,
  check: string,
  line: RegExp,
][] = [
  ["no token", () => {}, {}, "geelark secret", /GEELARK_TOKEN is not set/],
  ["a wrong token", () => {}, { GEELARK_TOKEN: "another-token" }, "geelark", /sign verification failed \(code 40003\)/],
  [
    "an empty account",
    ({ server }) => void Object.assign(server.faults, { balance: 0 }),
    { GEELARK_TOKEN: TOKEN },
    "geelark balance",
    /0\.00 left/,
  ],
  [
    "a clock that spoils signatures",
    ({ server, configure }) => {
      server.faults.skewMs = 120_000;
      configure(signing);
    },
    KEY,
    "clock",
    /this clock is 1[12]\d s behind geelark's: signatures are refused/,
  ],
  [
    "a phone that is gone",
    ({ configure }) => configure(", phones: [phone-1, phone-9]"),
    { GEELARK_TOKEN: TOKEN },
    "phone phone-9",
    /has none of that name/,
  ],
  [
    "a phone that has expired",
    ({ phones }) => void Object.assign(phones[1]?.faults ?? {}, { isExpired: true }),
    { GEELARK_TOKEN: TOKEN },
    "phone phone-2",
    /has expired/,
  ],
  [
    "an account whose phone is gone",
    ({ phones }) => void Object.assign(phones[0]?.faults ?? {}, { isDeleted: true }),
    { GEELARK_TOKEN: TOKEN },
    "accounts",
    /ana is bound to phone phone-1/,
  ],
  [
    "nobody who answers",
    ({ configure }) => configure("", "http://127.0.0.1:9"),
    { GEELARK_TOKEN: TOKEN },
    "geelark",
    /ECONNREFUSED|fetch|bad port|unreachable/i,
  ],
];
for (const [what, plant, env, check, line] of planted) {
  test(`the doctor finds ${what}, says what to do, and ends with 20`, async (t) => {
    const world = await account(t);
    plant(world);
    const { code, bad } = await examine(world.w, env);
    const found = bad.find((f) => f.check === check);
    assert.match(found?.finding ?? JSON.stringify(bad), line);
    assert.ok((found?.remedy ?? "") !== "");
    assert.deepEqual([code, bad.length], [20, 1], JSON.stringify(bad));
  });
}

test("a farm is looked at too", async (t) => {
  const farm = new StfServer();
  t.after(() => farm.close());
  farm.addPhone("FARM1");
  const url = await farm.listen();
  const w = new World(t, []);
  w.write("reprise.config.yaml", `devices: {provider: stf, url: "${url}", phones: [FARM1, FARM2]}\n`);
  const { code, bad } = await examine(w, { STF_TOKEN: TOKEN });
  assert.deepEqual([code, bad.map(({ check }) => check)], [20, ["phone FARM2"]]);
  const refused = await examine(w, { STF_TOKEN: "another-token" });
  assert.match(refused.bad[0]?.finding ?? "", /HTTP 401/);
});
