// `reprise doctor` as a person runs it, on a real adb, simulated phones and real packages: set-up faults are planted one after the
// other, and each is named with what to do. test/device/doctor.test.ts has more of them, without the command around it.
import assert from "node:assert/strict";
import { chmodSync, mkdirSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { dirname, join } from "node:path";
import test, { type TestContext } from "node:test";
import { freePort } from "../device/adb-world.ts";
import { ENV, type FleetWorld, fleetWorld, POSTER } from "../device/fleet-world.ts";

type Found = { check: string; level: string; finding: string; remedy: string | null };
type Planted = {
  /** Lines under `devices:`. */
  devices?: string;
  env?: Record<string, string>;
  poster?: string;
  mend?(): unknown;
};
type Fault = [
  what: string,
  plant: (w: FleetWorld) => Promise<Planted> | Planted,
  check: RegExp,
  finding: RegExp,
  remedy: RegExp,
];

const phone = (w: FleetWorld) => w.phones.phones[0];

/** A program in the world's folder. */
function script(w: FleetWorld, name: string, says: string): string {
  const file = place(w, name, `#!/bin/sh\n${says}\n`);
  chmodSync(file, 0o755);
  return file;
}

function place(w: FleetWorld, name: string, content: string): string {
  mkdirSync(join(w.dir, dirname(name)), { recursive: true });
  w.write(name, content);
  return join(w.dir, name);
}

/** A poster with packages of its own beside it. */
function posterBeside(w: FleetWorld, versions: Record<string, string>): string {
  for (const [name, version] of Object.entries(versions)) {
    place(w, `own/node_modules/${name}/package.json`, JSON.stringify({ name, version, engines: { node: ">=20" } }));
  }
  place(w, "own/node_modules/appium/index.js", "");
  return place(w, "own/poster.ts", 'const caps = { "appium:automationName": "UiAutomator2" };');
}

const silent = new Set<Server | Socket>();
/** A program that listens and never answers. */
async function hold(port: number): Promise<void> {
  const server = createServer((socket) => void silent.add(socket.on("error", () => {})));
  silent.add(server);
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
}
function letGo(): void {
  for (const each of silent) {
    if ("destroy" in each) each.destroy();
    else each.close();
  }
  silent.clear();
}

const faults: Fault[] = [
  [
    "no adb",
    () => ({ devices: "  adb: /nowhere/adb" }),
    /^adb$/,
    /no program \/nowhere\/adb/,
    /scripts\/system-packages\.sh/,
  ],
  [
    "an adb of years ago",
    (w) => ({ devices: `  adb: ${script(w, "old-adb", "echo Android Debug Bridge version 1.0.32")}` }),
    /^adb$/,
    /1\.0\.32: too old/,
    /platform tools/,
  ],
  [
    "another program on the adb server's port",
    async () => {
      const port = await freePort();
      await hold(port);
      return { devices: `  adb_port: ${port}` };
    },
    /^adb server$/,
    /is held by pid \d+ .*no adb server/,
    /adb_port/,
  ],
  [
    "every port for forwards taken",
    async () => {
      const port = await freePort();
      for (const each of [port, port + 1]) await hold(each);
      return { devices: `  system_ports: ${port}-${port + 1}` };
    },
    /^ports$/,
    /^0 of \d+-\d+ free, 1 needed; held: \d+ by pid \d+/,
    /--force-kill-ports/,
  ],
  [
    "no SDK variable",
    () => ({ env: { ANDROID_HOME: "" } }),
    /^android sdk$/,
    /neither ANDROID_HOME nor/,
    /export ANDROID_HOME=\//,
  ],
  [
    "an SDK variable that leads elsewhere",
    (w) => ({ env: { ANDROID_HOME: w.dir } }),
    /^android sdk$/,
    /no platform-tools\/adb/,
    /export ANDROID_HOME=\/usr\/lib\/android-sdk/,
  ],
  [
    "no driver where Appium looks for it",
    (w) => ({ env: { APPIUM_HOME: w.dir } }),
    /^driver uiautomator2$/,
    /is not installed in APPIUM_HOME/,
    /unset APPIUM_HOME/,
  ],
  [
    "an Appium of another age",
    (w) => ({ poster: posterBeside(w, { appium: "2.19.0", "appium-uiautomator2-driver": "8.7.0" }) }),
    /^appium$/,
    /appium 2\.19\.0: \^3/,
    /npm i -D appium@\^3/,
  ],
  [
    "a driver of another age",
    (w) => ({ poster: posterBeside(w, { appium: "3.8.0", "appium-uiautomator2-driver": "3.10.0" }) }),
    /^driver uiautomator2$/,
    /3\.10\.0: \^8/,
    /npm i -D appium-uiautomator2-driver@\^8/,
  ],
  [
    "a phone that has not accepted the key",
    async (w) => {
      await phone(w).command({ do: "welcome", how: "unauthorized" });
      return { mend: () => phone(w).command({ do: "welcome", how: "accept" }) };
    },
    /^phone /,
    /has not accepted this computer's key/,
    /Allow USB debugging/,
  ],
  [
    "a phone that is off",
    async (w) => {
      await phone(w).command({ do: "gone" });
      return { mend: () => phone(w).command({ do: "back" }) };
    },
    /^phone /,
    /nobody answers there/,
    /switch it on/,
  ],
  [
    "a phone that hangs",
    async (w) => {
      await phone(w).command({ do: "welcome", how: "hang" });
      return { mend: () => phone(w).command({ do: "welcome", how: "accept" }) };
    },
    /^phone /,
    /does not answer in time/,
    /reboot it/,
  ],
  [
    "a phone without room",
    async (w) => {
      await phone(w).command({ do: "free_bytes", bytes: 5_000_000 });
      return { mend: () => phone(w).command({ do: "free_bytes", bytes: 1e12 }) };
    },
    /^phone /,
    /4 MB free/,
    /delete/,
  ],
  [
    "a phone that another account is logged in on",
    async (w) => {
      await phone(w).command({ do: "account", name: "zoe" });
      return { mend: () => phone(w).command({ do: "account", name: "anna" }) };
    },
    /^phone /,
    /anna is bound to it, and logged in there is zoe/,
    /log anna in on that phone/,
  ],
];

async function examine(w: FleetWorld, { env = {}, poster = POSTER }: Planted = {}) {
  const asked = ["doctor", "--json", "--devices", "adb", "--workers", "1", "--poster", poster];
  const { code, out, err } = await w.run(asked, { env: { ...ENV, ...env } });
  assert.equal(err, "");
  const lines = out
    .trim()
    .split("\n")
    .map((line): Found => JSON.parse(line));
  return { code, lines, found: lines.filter(({ level }) => level !== "ok") };
}

test(`${faults.length} set-up faults, one after the other: exit 20, each named, each with its remedy`, async (t: TestContext) => {
  t.after(letGo);
  const w = await fleetWorld(t, []);
  await w.phones.adb("connect", phone(w).serial);
  const well = await examine(w);
  assert.deepEqual([well.code, well.found], [0, []], JSON.stringify(well.lines));
  for (const [what, plant, check, finding, remedy] of faults) {
    await t.test(what, async (t) => {
      const planted = await plant(w);
      w.configure(planted.devices);
      const { code, found } = await examine(w, planted);
      await planted.mend?.();
      letGo();
      w.configure();
      const [first, ...more] = found.filter((f) => f.check !== "phones"); // they can't be looked at without adb
      assert.deepEqual([code, first?.level, more], [20, "problem", []], JSON.stringify(found));
      assert.match(first?.check ?? "", check);
      assert.match(first?.finding ?? "", finding);
      assert.match(first?.remedy ?? "", remedy);
      t.diagnostic(`${first?.check}: ${first?.finding} -> ${first?.remedy}`);
    });
  }
  assert.deepEqual(w.census(), [], "it leaves nothing");
});
