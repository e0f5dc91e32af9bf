import assert from "node:assert/strict";
import { test } from "node:test";
import { diagnose, type Facts, hasProblem } from "./doctor.ts";

const GB = 1024 ** 3;
const well: Facts = {
  node: "v24.21.0",
  platform: "linux",
  config: { file: "/w/reprise.config.yaml", error: null },
  folder: {
    path: "/w/.reprise",
    exists: true,
    isFolder: true,
    isWritable: true,
    owner: { uid: 1000, own: 1000 },
    mode: 0o700,
    fileSystem: 0xef53,
    freeBytes: 50 * GB,
  },
  clock: { now: Date.UTC(2026, 10, 23), jumpMs: 0.2, zone: "Europe/Berlin", unknownZone: null },
  ledger: { kind: "usable", bytes: 4096, newestAt: Date.UTC(2026, 10, 22), faults: [], isThorough: false },
  poster: { kind: "command", commands: [{ key: "poster", of: { kind: "found", path: "/w/poster.sh" } }] },
  media: { folders: 2, bad: [], hasMore: false },
  lock: { holder: null, unfinished: null },
  leftovers: { processes: [], outbox: { whole: 0, damaged: [] }, trays: 0 },
  heldAccounts: [],
  fleet: { adb: null, phones: [], strays: [], appium: null, sdk: null, browser: null, ports: null },
  provider: null,
};
const ledger = (more: object) => ({ ...well, ledger: { ...well.ledger, ...more } as Facts["ledger"] });
const folder = (more: Partial<Facts["folder"]>) => ({ ...well, folder: { ...well.folder, ...more } });
const clock = (more: Partial<Facts["clock"]>) => ({ ...well, clock: { ...well.clock, ...more } });
const leftovers = (more: Partial<Facts["leftovers"]>) => ({ ...well, leftovers: { ...well.leftovers, ...more } });
const holder = { pid: 7, host: "desk", since: "2026-11-23T10:00:00Z" };

test("an installation that is well has no remedy to take", () => {
  const findings = diagnose(well);
  assert.ok(findings.every((f) => f.level === "ok" && f.remedy === null));
  assert.equal(hasProblem(findings), false);
});

const table: [planted: string, facts: Facts, level: "warning" | "problem", line: RegExp, remedy: RegExp][] = [
  ["an old Node", { ...well, node: "v20.20.2" }, "problem", /v20\.20\.2; 24/, /npm ci/],
  ["another platform", { ...well, platform: "win32" }, "warning", /win32 is not tested/, /WSL2/],
  ["a file in the folder's place", folder({ isFolder: false }), "problem", /not a folder/, /--state-dir/],
  ["a folder that can't be written", folder({ isWritable: false }), "problem", /can't be written/, /right/],
  ["another's folder", folder({ owner: { uid: 0, own: 1000 } }), "problem", /user 0, this is user 1000/, /chown/],
  ["a folder that all may write in", folder({ mode: 0o777 }), "problem", /others may write .*0777/, /chmod 700/],
  ["a folder that all may read", folder({ mode: 0o755 }), "warning", /others may read .*0755/, /chmod 700/],
  ["a share on the network (NFS)", folder({ fileSystem: 0x6969 }), "problem", /NFS/, /disk of this machine/],
  ["a share on the network (CIFS)", folder({ fileSystem: 0xff534d42 }), "problem", /CIFS/, /--state-dir/],
  ["a folder of the host (9p)", folder({ fileSystem: 0x01021997 }), "problem", /9p/, /--state-dir/],
  ["FUSE", folder({ fileSystem: 0x65735546 }), "problem", /FUSE/, /--state-dir/],
  ["a disk in memory", folder({ fileSystem: 0x01021994 }), "warning", /tmpfs: gone after a restart/, /disk/],
  ["a full disk", folder({ freeBytes: 20 * 1024 * 1024 }), "problem", /20 MB free/, /make room/],
  ["a disk that fills", folder({ freeBytes: GB / 2 }), "warning", /512 MB free/, /make room/],
  ["a clock that was never set", clock({ now: 0 }), "problem", /1970/, /set the clock/],
  ["a clock that jumps", clock({ jumpMs: -3600_000 }), "warning", /jumped by -3600000 ms/, /what sets it/],
  ["a zone nobody knows", clock({ unknownZone: "Mars/Base" }), "warning", /"Mars\/Base" is not known/, /TZ/],
  ["a clock set back", ledger({ newestAt: Date.UTC(2026, 10, 25) }), "warning", /in the future/, /set the clock/],
  [
    "a ledger of another program",
    ledger({ kind: "unusable", why: "x is empty" }),
    "problem",
    /x is empty/,
    /do not delete/,
  ],
  ["a damaged ledger", ledger({ faults: ["row 3 missing"] }), "problem", /damaged: row 3 missing/, /backup/],
  ["a bad config", { ...well, config: { file: null, error: "c.yaml:2: unknown key" } }, "problem", /c\.yaml:2/, /mend/],
  ["no poster", { ...well, poster: { kind: "none" } }, "problem", /nothing can be posted/, /--exec/],
  [
    "a poster that is not there",
    {
      ...well,
      poster: {
        kind: "command",
        commands: [{ key: "poster", of: { kind: "missing", word: "p.sh", why: "not found" } }],
      },
    },
    "problem",
    /p\.sh: not found/,
    /PATH/,
  ],
  [
    "media that is not mounted",
    { ...well, media: { folders: 3, bad: [{ folder: "/mnt/v", why: "is not there" }], hasMore: false } },
    "problem",
    /\/mnt\/v: is not there/,
    /--media-map/,
  ],
  [
    "a run that was cut off",
    { ...well, lock: { holder: { ...holder, isAlive: false }, unfinished: { run: "r1", pass: 2 } } },
    "warning",
    /r1 is not finished \(pass 2\)/,
    /reprise run/,
  ],
  ["an orphan", leftovers({ processes: [{ pid: 9, command: "poster" }] }), "warning", /9 poster/, /reprise sweep/],
  ["a damaged outbox", leftovers({ outbox: { whole: 0, damaged: ["o.json"] } }), "warning", /o\.json/, /look at those/],
  ["an outbox", leftovers({ outbox: { whole: 2, damaged: [] } }), "warning", /2 ends/, /reprise sweep/],
  ["half an import", leftovers({ trays: 1 }), "warning", /an import was cut off/, /import again/],
  ["held accounts", { ...well, heldAccounts: ["ana", "ben"] }, "warning", /2 held: ana, ben/, /accounts release/],
];
for (const [planted, facts, level, line, remedy] of table) {
  test(`the doctor finds ${planted}, and says what to do`, () => {
    const found = diagnose(facts).filter((f) => f.level !== "ok");
    assert.equal(found.length, 1, JSON.stringify(found));
    const [finding] = found;
    assert.equal(finding?.level, level);
    assert.match(finding?.finding ?? "", line);
    assert.match(finding?.remedy ?? "", remedy);
    assert.equal(hasProblem(found), level === "problem");
  });
}

test("an outbox of a run that is alive is its own affair", () => {
  const facts = {
    ...leftovers({ outbox: { whole: 2, damaged: [] } }),
    lock: { holder: { ...holder, isAlive: true }, unfinished: null },
  };
  assert.ok(diagnose(facts).every((f) => f.level === "ok"));
});
