// What is said of adb, phones, Appium, SDK, browser and ports: a planted fault each.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fleetFindings } from "./about-fleet.ts";
import type { FleetFacts, PhoneFacts, PhoneSeen } from "./facts-fleet.ts";

const MB = 1024 * 1024;
const SERIAL = "10.0.0.7:5555";
const holder = { pid: 41, command: "python3 -m http.server" };
const there: PhoneSeen & { is: "there" } = {
  is: "there",
  isBooted: true,
  name: "R58M",
  boot: "b1",
  model: "A52",
  freeBytes: 9000 * MB,
  isLocked: false,
  accounts: ["ana"],
};
const phone = (more: Partial<PhoneFacts> = {}): PhoneFacts => ({
  serial: SERIAL,
  bound: ["ana"],
  times: 1,
  seen: there,
  ...more,
});
const pkg = (name: string, version: string | null, wanted: string) => ({ name, version, wanted, node: ">=24.0.0" });
const well = {
  adb: {
    binary: "adb",
    client: { is: "there", protocol: 41, release: "35.0.2" },
    port: 5037,
    isPrivate: false,
    server: { is: "adb", protocol: 41, isOurs: false, holder },
  },
  phones: [phone()],
  strays: [],
  appium: {
    poster: "poster.ts",
    node: "v24.21.0",
    home: { folder: "/w", isThere: true, isSet: false },
    packages: [
      pkg("appium", "3.8.0", "^3.8.0"),
      pkg("appium-uiautomator2-driver", "8.7.0", "^8.7.0"),
      pkg("webdriverio", "9.32.0", "^9.32.0"),
    ],
  },
  sdk: { variable: "ANDROID_HOME", folder: "/sdk", isFolder: true, hasAdb: true, likely: "/usr/lib/android-sdk" },
  browser: {
    browser: { path: "/usr/bin/chromium", version: "156.0.1", isThere: true },
    driver: { path: "/usr/bin/chromedriver", version: "156.0.2", isThere: true },
  },
  ports: { from: 8200, to: 8203, needed: 2, held: [] },
} satisfies FleetFacts;

test("phones and Appium that are well have no remedy to take", () => {
  const findings = fleetFindings(well);
  assert.ok(findings.every((f) => f.level === "ok" && f.remedy === null));
  assert.deepEqual(
    findings.map((f) => f.check),
    `adb,adb server,phone ${SERIAL},ports,appium,driver uiautomator2,webdriverio,android sdk,chromium`.split(","),
  );
});

test("phones that share a serial number are two, as long as each was started by itself", () => {
  const clone = phone({ serial: "10.0.0.8:5555", seen: { ...there, boot: "b2" } });
  const findings = fleetFindings({ ...well, phones: [phone(), clone] });
  assert.ok(findings.every((f) => f.level === "ok"));
});

test("what no setting needs is not spoken of", () => {
  const nothing = { adb: null, phones: [], strays: [], appium: null, sdk: null, browser: null, ports: null };
  assert.deepEqual(fleetFindings(nothing), []);
});

const adb = (more: object) => ({ adb: { ...well.adb, ...more } });
const seen = (more: Partial<PhoneSeen & { is: "there" }>) => ({ phones: [phone({ seen: { ...there, ...more } })] });
const state = (word: string) => ({ phones: [phone({ seen: { is: "unusable", state: word } })] });
const npm = (name: string, version: string | null, node = ">=24.0.0") => ({
  appium: {
    ...well.appium,
    packages: well.appium.packages.map((p) => (p.name === name ? { ...p, version, node } : p)),
  },
});
const home = (more: object, version: string | null = "8.7.0") => ({
  appium: {
    ...npm("appium-uiautomator2-driver", version).appium,
    home: { folder: "/other", isThere: true, isSet: true, ...more },
  },
});
const browser = (more: object) => ({ browser: { ...well.browser, ...more } });
const sdk = (more: object) => ({ sdk: { ...well.sdk, ...more } });
const port = (n: number, more: object = {}) => ({ port: n, holder, isAdbForward: false, ...more });
const held = (...list: ReturnType<typeof port>[]) => ({ ports: { ...well.ports, held: list } });

type Row = [planted: string, facts: object, level: "warning" | "problem", line: RegExp, remedy: RegExp];
const table: Row[] = [
  ["no adb", adb({ client: { is: "missing" } }), "problem", /no program adb/, /system-packages\.sh/],
  ["an adb that is something else", adb({ client: { is: "mute" } }), "problem", /does not say its version/, /anew/],
  [
    "an old adb",
    adb({ client: { is: "there", protocol: 39, release: null }, server: { is: "nobody" } }),
    "problem",
    /1\.0\.39.*too old/,
    /newer platform tools/,
  ],
  [
    "an adb older than tried",
    adb({ client: { is: "there", protocol: 41, release: "28.0.2" } }),
    "warning",
    /28.*older/,
    /newer/,
  ],
  [
    "an adb newer than tried",
    adb({ client: { is: "there", protocol: 41, release: "37.0.0" } }),
    "warning",
    /newer than any/,
    /36/,
  ],
  [
    "another program on adb's port",
    adb({ server: { is: "another program", holder } }),
    "problem",
    /5037 is held by pid 41 \(python3/,
    /adb_port/,
  ],
  [
    "a server of another version",
    adb({ server: { is: "adb", protocol: 40, isOurs: false, holder: null } }),
    "problem",
    /1\.0\.40, our adb 1\.0\.41/,
    /one adb for both/,
  ],
  [
    "somebody's server on our own port",
    adb({ isPrivate: true }),
    "problem",
    /reprise's own, and pid 41/,
    /kill-server/,
  ],
  ["no phone", { phones: [] }, "problem", /adb lists none/, /USB debugging/],
  ["phones nobody could ask for", { phones: null }, "warning", /adb can't be asked/, /mend adb/],
  ["a phone that is offline", state("offline"), "problem", /adb calls it offline/, /adb disconnect 10/],
  ["a phone that trusts us not", state("unauthorized"), "problem", /computer's key/, /accept it on the phone/],
  ["a phone without permission", state("no permissions"), "problem", /USB port/, /udev/],
  ["a phone that is not there", state("absent"), "problem", /does not list it/, /plug it in/],
  ["an address where nobody is", state("refused"), "problem", /nobody answers/, /address/],
  ["a phone without a serial number", state("nameless"), "warning", /a run goes without it/, /plug it in anew/],
  ["a frozen phone", state("mute"), "problem", /does not answer in time/, /reboot/],
  ["a phone that boots", seen({ isBooted: false }), "warning", /still boots/, /wait/],
  ["a phone that is full", seen({ freeBytes: 3 * MB }), "problem", /3 MB free/, /delete/],
  ["a phone that fills", seen({ freeBytes: 300 * MB }), "warning", /300 MB free/, /delete/],
  ["a locked screen", seen({ isLocked: true }), "warning", /locked/, /unlock/],
  ["another's login", seen({ accounts: ["zoe"] }), "problem", /ana is bound to it, .* is zoe/, /log ana in/],
  ["a phone listed twice", { phones: [phone({ times: 2 })] }, "problem", /listed 2 times/, /once/],
  [
    "one phone by two ways",
    { phones: [phone({ serial: "R58M" }), phone({ bound: [] })] },
    "problem",
    /same phone as R58M/,
    /keep one/,
  ],
  [
    "an account on a strange phone",
    { strays: [{ account: "ana", device: "X1" }] },
    "problem",
    /ana is bound to phone X1/,
    /serials/,
  ],
  [
    "too few ports",
    held(port(8200), port(8201), port(8202)),
    "problem",
    /1 of 8200-8203 free, 2 needed/,
    /system_ports/,
  ],
  ["a port of another's", held(port(8200)), "warning", /8200 by pid 41/, /passed over/],
  ["another user's port", held(port(8200, { holder: null })), "warning", /a program of another user/, /range/],
  ["a forward that was left", held(port(8200, { isAdbForward: true })), "warning", /adb forwards/, /reprise sweep/],
  ["no Appium", npm("appium", null), "problem", /appium is not installed here/, /npm i -D appium@\^3/],
  ["an old Appium", npm("appium", "2.19.0"), "problem", /appium 2\.19\.0: \^3\.8\.0 is needed/, /npm i -D/],
  ["no driver", npm("appium-uiautomator2-driver", null), "problem", /and poster\.ts needs it/, /appium-uiautomator2/],
  ["no WebdriverIO", npm("webdriverio", null), "problem", /webdriverio is not installed/, /npm i -D webdriverio/],
  ["a Node too old for it", npm("appium", "3.8.0", ">=26"), "problem", /wants Node >=26, this is v24/, /Node/],
  ["an APPIUM_HOME that is not there", home({ isThere: false }), "problem", /\/other, which is not there/, /unset/],
  ["an APPIUM_HOME without the driver", home({}, null), "problem", /in APPIUM_HOME=\/other/, /unset APPIUM_HOME/],
  ["no SDK", sdk({ variable: null }), "problem", /neither ANDROID_HOME/, /ANDROID_HOME=\/usr\/lib\/android-sdk/],
  ["an SDK that is no folder", sdk({ isFolder: false }), "problem", /no folder/, /export/],
  ["an SDK without adb", sdk({ hasAdb: false, likely: null }), "problem", /no platform-tools\/adb/, /FOLDER/],
  [
    "no browser",
    browser({ browser: { path: "/x/chromium", version: null, isThere: false } }),
    "problem",
    /no \/x/,
    /Debian/,
  ],
  [
    "a driver of another browser",
    browser({ driver: { path: "/d", version: "155.1", isThere: true } }),
    "problem",
    /155\.1: a driver goes with one/,
    /chromedriver 156/,
  ],
  [
    "a driver that is none",
    browser({ driver: { path: "/bin/cat", version: null, isThere: true } }),
    "problem",
    /no chromedriver\?/,
    /install/,
  ],
];
for (const [planted, facts, level, line, remedy] of table) {
  test(`the doctor finds ${planted}, and says what to do`, () => {
    const found = fleetFindings({ ...well, ...facts }).filter((f) => f.level !== "ok");
    assert.equal(found.length, 1, JSON.stringify(found));
    assert.equal(found[0]?.level, level);
    assert.match(found[0]?.finding ?? "", line);
    assert.match(found[0]?.remedy ?? "", remedy);
  });
}
