// The doctor on a real adb, simulated phones and real packages: set-up faults planted one after the other, each named and mended.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { dirname, join } from "node:path";
import test, { type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { type FleetNeeds, gatherFleet } from "../../src/compose/doctor-fleet.ts";
import { fleetFindings } from "../../src/doctor/about-fleet.ts";
import { plainAccount } from "../../src/ledger/ledger-rules.ts";
import { type AdbWorld, adbWorld, freePort } from "./adb-world.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SDK = "/usr/lib/android-sdk";

type Needs = Omit<FleetNeeds, "adb"> & { adb: NonNullable<FleetNeeds["adb"]> };
type Plan = { needs?: Partial<Needs>; adb?: Partial<Needs["adb"]>; env?: Record<string, string>; mend?(): unknown };
type Fault = {
  planted: string;
  plant(w: Installation): Promise<Plan> | Plan;
  check: RegExp;
  finding: RegExp;
  remedy: RegExp;
  level?: "warning";
};

/** Two phones, a server that knows them, a poster that wants UiAutomator2, and all that these need. */
class Installation {
  readonly #world: AdbWorld;
  readonly #range: number;
  readonly folder: string;

  static async make(t: TestContext): Promise<Installation> {
    const world = await adbWorld(t, ["anna", "ben"]);
    for (const { serial } of world.phones) await world.adb("connect", serial);
    return new Installation(world, await freePort());
  }

  private constructor(world: AdbWorld, range: number) {
    this.#world = world;
    this.#range = range;
    this.folder = world.folder;
  }

  get phones() {
    const [a, b] = this.#world.phones;
    assert.ok(b !== undefined);
    return { a, b };
  }
  get port() {
    return this.#world.port;
  }
  get forwardPort() {
    return this.#range;
  }
  adb(...args: string[]) {
    return this.#world.adb(...args);
  }

  /** A file in the project's folder. */
  file(name: string, content: string, mode = 0o644): string {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content, { mode });
    return path;
  }

  async examine({ needs = {}, adb = {}, env = {} }: Plan = {}) {
    const { a, b } = this.phones;
    return fleetFindings(
      await gatherFleet({
        adb: {
          binary: "adb",
          port: this.port,
          home: this.folder,
          isPrivate: false,
          serials: [a.serial, b.serial],
          accountType: null,
          ports: { from: this.#range, to: this.#range, needed: 1 },
          ...adb,
        },
        posterFile: join(ROOT, "examples/android/poster.ts"),
        accounts: [
          { ...plainAccount("anna", "sim"), device: a.serial },
          { ...plainAccount("ben", "sim"), device: b.serial },
        ],
        ledgerId: null,
        cwd: this.folder,
        env: { PATH: process.env.PATH, ANDROID_HOME: SDK, ...env },
        ...needs,
      }),
    );
  }
}

/** A program that listens and says what `answer` says, or nothing. */
async function listener(port: number, answer: string | null): Promise<() => Promise<void>> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => {}));
    socket.on("data", () => answer !== null && socket.write(answer));
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
}

const script = (w: Installation, name: string, says: string) => w.file(name, `#!/bin/sh\n${says}\n`, 0o755);
const manifest = (name: string, version: string) => JSON.stringify({ name, version, engines: { node: ">=20" } });

const faults: Fault[] = [
  {
    planted: "adb that is not installed",
    plant: () => ({ adb: { binary: "/nowhere/adb" } }),
    check: /^adb$/,
    finding: /no program \/nowhere\/adb/,
    remedy: /scripts\/system-packages\.sh/,
  },
  {
    planted: "an adb of years ago",
    plant: (w) => ({ adb: { binary: script(w, "old-adb", "echo Android Debug Bridge version 1.0.32") } }),
    check: /^adb$/,
    finding: /1\.0\.32: too old/,
    remedy: /platform tools/,
  },
  {
    planted: "a silent program on the adb server's port",
    async plant() {
      const port = await freePort();
      return { adb: { port }, mend: await listener(port, null) };
    },
    check: /^adb server$/,
    finding: new RegExp(`is held by pid ${process.pid} \\(.*node.*no adb server`),
    remedy: /adb_port/,
  },
  {
    planted: "an adb server of another version",
    async plant() {
      const port = await freePort();
      return { adb: { port }, mend: await listener(port, "OKAY00040028") };
    },
    check: /^adb server$/,
    finding: /1\.0\.40, our adb 1\.0\.41/,
    remedy: /one adb for both/,
  },
  {
    planted: "somebody else's adb server where reprise's own should be",
    plant: () => ({ adb: { isPrivate: true } }),
    check: /^adb server$/,
    finding: /to be reprise's own, and pid \d+ \(adb/,
    remedy: /kill-server/,
  },
  {
    planted: "a phone that connects and says nothing",
    async plant({ phones: { a } }) {
      await a.command({ do: "welcome", how: "hang" });
      return { mend: () => a.command({ do: "welcome", how: "accept" }) };
    },
    check: /^phone /,
    finding: /does not answer in time/,
    remedy: /reboot it/,
  },
  {
    planted: "a phone that has not accepted the key",
    async plant({ phones: { a } }) {
      await a.command({ do: "welcome", how: "unauthorized" });
      return { mend: () => a.command({ do: "welcome", how: "accept" }) };
    },
    check: /^phone /,
    finding: /has not accepted this computer's key/,
    remedy: /Allow USB debugging/,
  },
  {
    planted: "a phone that is not there",
    async plant({ phones: { b } }) {
      await b.command({ do: "gone" });
      return { mend: () => b.command({ do: "back" }) };
    },
    check: /^phone /,
    finding: /nobody answers there/,
    remedy: /correct its address/,
  },
  {
    planted: "a phone that still boots",
    async plant({ phones: { a } }) {
      await a.command({ do: "look", as: "booting" });
      return { mend: () => a.command({ do: "look", as: "well" }) };
    },
    check: /^phone /,
    finding: /still boots/,
    remedy: /home screen/,
    level: "warning",
  },
  {
    planted: "a phone whose storage is full",
    async plant({ phones: { a } }) {
      await a.command({ do: "free_bytes", bytes: 5_000_000 });
      return { mend: () => a.command({ do: "free_bytes", bytes: 1e12 }) };
    },
    check: /^phone /,
    finding: /4 MB free/,
    remedy: /delete/,
  },
  {
    planted: "a locked screen",
    async plant({ phones: { b } }) {
      await b.command({ do: "look", as: "locked" });
      return { mend: () => b.command({ do: "look", as: "well" }) };
    },
    check: /^phone /,
    finding: /screen is locked/,
    remedy: /unlock/,
    level: "warning",
  },
  {
    planted: "a phone that another account is logged in on",
    async plant({ phones: { b } }) {
      await b.command({ do: "account", name: "zoe" });
      return { mend: () => b.command({ do: "account", name: "ben" }) };
    },
    check: /^phone /,
    finding: /ben is bound to it, and logged in there is zoe/,
    remedy: /log ben in on that phone/,
  },
  {
    planted: "a serial that is listed twice",
    plant: ({ phones: { a, b } }) => ({ adb: { serials: [a.serial, b.serial, b.serial] } }),
    check: /^phone /,
    finding: /listed 2 times/,
    remedy: /once/,
  },
  {
    planted: "a port for forwards that another program holds",
    async plant({ forwardPort }) {
      return { mend: await listener(forwardPort, null) };
    },
    check: /^ports$/,
    finding: new RegExp(`0 of .* free, 1 needed; held: \\d+ by pid ${process.pid} \\(`),
    remedy: /system_ports/,
  },
  {
    planted: "an Appium of another age",
    plant(w) {
      const text = 'const caps = { "appium:automationName": "UiAutomator2" };';
      const posterFile = w.file("old/poster.ts", text);
      w.file("old/node_modules/appium/index.js", "");
      w.file("old/node_modules/appium/package.json", manifest("appium", "2.19.0"));
      w.file(
        "old/node_modules/appium-uiautomator2-driver/package.json",
        manifest("appium-uiautomator2-driver", "8.7.0"),
      );
      return { needs: { posterFile } };
    },
    check: /^appium$/,
    finding: /appium 2\.19\.0: \^3\.\d+\.\d+ is needed/,
    remedy: /npm i -D appium@\^3/,
  },
  {
    planted: "a driver that is not installed where APPIUM_HOME leads",
    plant: (w) => ({ env: { APPIUM_HOME: w.folder } }),
    check: /^driver uiautomator2$/,
    finding: /appium-uiautomator2-driver is not installed in APPIUM_HOME=\//,
    remedy: /unset APPIUM_HOME/,
  },
  {
    planted: "an ANDROID_HOME that is no SDK",
    plant: (w) => ({ env: { ANDROID_HOME: w.folder } }),
    check: /^android sdk$/,
    finding: /no platform-tools\/adb/,
    remedy: /export ANDROID_HOME=\/usr\/lib\/android-sdk/,
  },
  {
    planted: "a chromedriver of another Chromium",
    plant(w) {
      const driver = script(w, "chromedriver", "echo ChromeDriver 99.0.1 '(x)'");
      const text = `const c = { "appium:automationName": "Chromium", a: "${driver}", b: "${script(w, "chromium", "echo Chromium 156.0.1")}" };`;
      return { needs: { posterFile: w.file("browser.ts", text) } };
    },
    check: /^chromedriver$/,
    finding: /99\.0\.1: a driver goes with one version/,
    remedy: /install chromedriver 156/,
  },
];

test("set-up faults are planted one after the other; the doctor names each, says what to do, and leaves nothing", async (t) => {
  const w = await Installation.make(t);
  const well = await w.examine();
  assert.deepEqual(
    well.filter((f) => f.level !== "ok"),
    [],
  );
  for (const { planted, plant, check, finding, remedy, level = "problem" } of faults) {
    await t.test(planted, async () => {
      const plan = await plant(w);
      const findings = await w.examine(plan);
      await plan.mend?.();
      const [found, ...more] = findings.filter((f) => f.level !== "ok" && f.check !== "phones");
      assert.deepEqual(more, []);
      assert.equal(found?.level, level);
      assert.match(found?.check ?? "", check);
      assert.match(found?.finding ?? "", finding);
      assert.match(found?.remedy ?? "", remedy);
    });
  }
});
