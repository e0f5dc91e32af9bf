import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type Flags, type Resolved, resolveConfig } from "./config.ts";
import { systemZone } from "./system-zone.ts";

const dirs: string[] = [];
after(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
});
function folder(files: Record<string, string> = {}): string {
  const dir = mkdtempSync(join(tmpdir(), "config-"));
  dirs.push(dir);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  return dir;
}
type Given = { flags?: Flags; env?: Record<string, string>; yaml?: string; files?: Record<string, string> };
async function ask(given: Given) {
  const files = { ...given.files, ...(given.yaml === undefined ? {} : { "reprise.config.yaml": given.yaml }) };
  return resolveConfig({ flags: given.flags ?? {}, env: given.env ?? {}, cwd: folder(files) });
}
async function take(given: Given): Promise<Resolved> {
  const answer = await ask(given);
  assert.ok(answer.ok, answer.ok ? "" : answer.error.message);
  return answer.value;
}

test("with nothing said, the defaults of the contract hold", async () => {
  const { settings: s, ...r } = await take({});
  assert.deepEqual(s.passes, { maxPasses: 3, delayMs: 30_000, backoff: 1, delayMaxMs: null, jitter: 0 });
  assert.deepEqual(s.retry, { infrastructure: 3, unknown: 2 });
  assert.deepEqual([s.workers, s.attemptTimeoutMs, s.settleMs, s.stopGraceMs], [3, 600_000, 600_000, 90_000]);
  assert.deepEqual([s.limits.daily, s.limits.minGapMs, s.limits.window, s.halt, s.until], [1, 0, null, null, null]);
  assert.deepEqual([s.devices, s.accounts, s.knownAccounts], [{ provider: "none" }, null, []]);
  assert.deepEqual(
    [r.hasPoster, r.campaign, r.renderer, r.color, r.noInput, r.configFile],
    [false, "default", "auto", true, false, null],
  );
  assert.match(r.stateDir, /\/\.reprise$/);
});

test("a flag beats the environment, which beats the config file, which beats the default", async () => {
  const yaml = "workers: 5\npasses: {max: 6, delay: 7}\n";
  const env = { REPRISE_WORKERS: "8", REPRISE_MAX_PASSES: "9" };
  const { settings, origins } = await take({ yaml, env, flags: { workers: "10" } });
  assert.deepEqual([settings.workers, settings.passes.maxPasses, settings.passes.delayMs], [10, 9, 7000]);
  const origin = (key: string) => origins.find((o) => o.key === key);
  assert.deepEqual(origin("workers"), { key: "workers", value: "10", from: "flag", where: "--workers" });
  assert.deepEqual(origin("passes.max"), {
    key: "passes.max",
    value: "9",
    from: "environment",
    where: "REPRISE_MAX_PASSES",
  });
  assert.deepEqual(origin("passes.delay"), {
    key: "passes.delay",
    value: "7",
    from: "config",
    where: "reprise.config.yaml:2",
  });
  assert.deepEqual(origin("retry.infrastructure"), {
    key: "retry.infrastructure",
    value: "3",
    from: "default",
    where: "",
  });
});

test("a whole config file is taken", async () => {
  const yaml = `
workers: 12
passes: {max: 4, delay: 1m, backoff: 1.5, delay_max: 10m, jitter: 0.2}
retry: {infrastructure: 1, unknown: false}
limits: {daily: 2, min_gap: 5m, timezone: Europe/Berlin, window: 08:00-22:00}
poster:
  exec: |-
    node poster.mjs
  verify: same
  timeout: 3m
  settle: 0
  silent_is: failed
devices: {provider: simulated, count: 4}
accounts:
  - {name: anna, platform: reels, device: phone-1, timezone: Asia/Tokyo, daily_limit: 3, window: 22:00-06:00}
  - name: 007
halt: soon,fail=10%
secrets: [API_TOKEN, OTHER]
`;
  const { settings: s, hasPoster } = await take({ yaml });
  assert.equal(hasPoster, true);
  assert.deepEqual(s.poster, {
    kind: "command",
    exec: "node poster.mjs",
    verifyExec: "node poster.mjs",
    silentIs: "failed",
  });
  assert.deepEqual(s.passes, { maxPasses: 4, delayMs: 60_000, backoff: 1.5, delayMaxMs: 600_000, jitter: 0.2 });
  assert.deepEqual(s.retry, { infrastructure: 1, unknown: 0 });
  assert.deepEqual(s.limits, {
    daily: 2,
    minGapMs: 300_000,
    timezone: "Europe/Berlin",
    window: { from: 480, to: 1320 },
  });
  assert.deepEqual([s.attemptTimeoutMs, s.settleMs], [180_000, 0]);
  assert.deepEqual(s.devices, { provider: "simulated", count: 4 });
  assert.deepEqual(s.halt, { when: "soon", fail: 10, unit: "percent" });
  assert.deepEqual(s.secrets, ["API_TOKEN", "OTHER"]);
  assert.deepEqual(s.knownAccounts[0], {
    name: "anna",
    platform: "reels",
    device: "phone-1",
    timezone: "Asia/Tokyo",
    dailyLimit: 3,
    window: { from: 1320, to: 360 },
  });
  assert.equal(s.knownAccounts[1]?.name, "007");
});

test("phones on adb: the flag names the sort, the config file the phones", async () => {
  const plain = {
    provider: "adb",
    serials: null,
    binary: "adb",
    adbPort: null,
    isPrivate: false,
    systemPorts: { from: 17200, to: 17299 },
    forceKillPorts: false,
    readyMs: 60_000,
    accountType: null,
  };
  assert.deepEqual((await take({ flags: { devices: "adb" } })).settings.devices, plain);
  const yaml = `devices:
  provider: adb
  serials: [R58M12ABC, 10.0.0.7:5555]
  adb: /opt/adb
  adb_port: 5137
  private: true
  system_ports: 17000-17009
  ready: 90s
  account_type: com.example
accounts: [{name: anna, device: 10.0.0.7:5555}]
`;
  const full = {
    provider: "adb",
    serials: ["R58M12ABC", "10.0.0.7:5555"],
    binary: "/opt/adb",
    adbPort: 5137,
    isPrivate: true,
    systemPorts: { from: 17000, to: 17009 },
    forceKillPorts: false,
    readyMs: 90_000,
    accountType: "com.example",
  };
  assert.deepEqual((await take({ yaml })).settings.devices, full);
  assert.deepEqual((await take({ yaml, flags: { devices: "none" } })).settings.devices, { provider: "none" });
  const quiet = yaml.replace("provider: adb", "provider: none");
  assert.deepEqual((await take({ yaml: quiet, flags: { devices: "adb" } })).settings.devices, full);
  const forced = await take({ yaml, flags: { forceKillPorts: true } });
  assert.deepEqual(forced.settings.devices, { ...full, forceKillPorts: true });
});

test("cloud phones: the config names where the secret is, and which phones take part", async () => {
  const yaml = `devices:
  provider: geelark
  app_id_env: GEELARK_APP
  token_env: GEELARK_KEY
  phones: [anna-1, "526209711930868736"]
  group: fleet
  account_type: com.example
  idle: 2m
max_phones: 5
`;
  const { devices } = (await take({ yaml, flags: { maxPhoneMinutes: "90" } })).settings;
  assert.deepEqual(devices, {
    provider: "geelark",
    url: null,
    secret: { env: "GEELARK_KEY" },
    appIdEnv: "GEELARK_APP",
    phones: ["anna-1", "526209711930868736"],
    group: "fleet",
    tags: null,
    accountType: "com.example",
    pollMs: 3000,
    idleMs: 120_000,
    patienceMs: 1_800_000,
    maxPhones: 5,
    maxPhoneMinutes: 90,
  });
});

test("a provider's secrets are no poster's, named or not", async () => {
  const yaml = "devices: {provider: geelark, token_env: MY_KEY, app_id_env: MY_APP}\nsecrets: [OTHER, MY_KEY]\n";
  assert.deepEqual((await take({ yaml })).settings.secrets, ["OTHER", "MY_KEY", "GEELARK_TOKEN", "MY_APP"]);
  const file = "devices: {provider: stf, url: 'http://farm.test', token_file: t}\n";
  assert.deepEqual((await take({ yaml: file })).settings.secrets, ["STF_TOKEN"]);
  assert.deepEqual((await take({ yaml, flags: { devices: "none" } })).settings.secrets, ["OTHER", "MY_KEY"]);
});

const patience: [why: string, given: Given, want: number][] = [
  ["the run's", { yaml: "devices: {provider: geelark}\noutage: {patience: 5m}\n" }, 300_000],
  ["its own in the config", { yaml: "devices: {provider: geelark, patience: 2m}\noutage: {patience: 5m}\n" }, 120_000],
  ["a flag's", { yaml: "devices: {provider: geelark, patience: 2m}\n", flags: { outagePatience: "7m" } }, 420_000],
];
for (const [why, given, want] of patience) {
  test(`how long a provider may give no phones: ${why}`, async () => {
    const { devices } = (await take(given)).settings;
    assert.equal(devices.provider === "geelark" && devices.patienceMs, want);
  });
}

const refused: [why: string, given: Given, message: RegExp][] = [
  ["too few workers", { flags: { workers: "0" } }, /^--workers is "0": must be a whole number from 1 to 500$/],
  ["workers as a word", { flags: { workers: "two" } }, /^--workers is "two": /],
  ["a fraction of a pass", { flags: { maxPasses: "1.5" } }, /^--max-passes is "1.5": .* 1 to 1000$/],
  ["minus one", { flags: { maxPasses: "-1" } }, /^--max-passes is "-1": /],
  [
    "no time",
    { flags: { retryDelay: "soon" } },
    /^--retry-delay is "soon": must be a time from 0 to 30d, such as 30 \(seconds\)/,
  ],
  ["jitter over 1", { flags: { retryJitter: "1.1" } }, /^--retry-jitter is "1.1": must be a number from 0 to 1$/],
  ["halt without a count", { flags: { halt: "now" } }, /^--halt is "now": .*soon,fail=10%/],
  ["halt at 0", { flags: { halt: "now,fail=0" } }, /^--halt is /],
  ["halt at 101 %", { flags: { halt: "now,fail=101%" } }, /^--halt is /],
  [
    "a cloud nobody knows",
    { flags: { devices: "cloud" } },
    /^--devices is "cloud": must be none, adb, geelark, stf or/,
  ],
  ["a farm without an address", { flags: { devices: "stf" } }, /devices\.url is missing: the address of your STF/],
  [
    "a token in the config file",
    { yaml: "devices: {provider: geelark, token_env: abc-123}" },
    /devices\.token_env is "abc-123": must be the name of an environment variable, never a secret/,
  ],
  [
    "a password in an address",
    { yaml: "devices: {provider: stf, url: 'https://me:secret@farm.example'}" },
    /devices\.url is .*with no user, password or query/,
  ],
  [
    "devices without a provider",
    { yaml: "devices: {count: 2}" },
    /:1: devices needs a provider: none, simulated, adb, geelark or stf/,
  ],
  [
    "a provider nobody knows",
    { yaml: "devices: {provider: usb}" },
    /:1: devices is "usb": must be none, adb, geelark, stf or simulated:N/,
  ],
  ["a misspelt key of devices", { yaml: "devices: {provider: adb, serial: [A]}" }, /did you mean devices\.serials\?/],
  [
    "a flag as a serial",
    { yaml: "devices: {provider: adb, serials: [-s]}" },
    /:1: devices\.serials holds "-s", which is no serial/,
  ],
  [
    "a key of phones on adb for phones in the cloud",
    { yaml: "devices:\n  provider: geelark\n  serials: [A]\n" },
    /:3: devices\.serials is not for provider geelark but for adb: take it out$/,
  ],
  [
    "a key of the cloud's for a farm",
    { yaml: "devices: {provider: stf, url: 'https://farm.example', group: a}" },
    /:1: devices\.group is not for provider stf but for geelark: take it out$/,
  ],
  [
    "a key of phones far away for phones on adb",
    { yaml: "devices: {idle: 5m, provider: adb}" },
    /:1: devices\.idle is not for provider adb but for geelark and stf: take it out$/,
  ],
  [
    "how many phones on adb there are",
    { yaml: "devices: {provider: adb, count: 2}" },
    /:1: devices\.count is not for provider adb but for simulated: take it out$/,
  ],
  ["a phone twice", { yaml: "devices: {provider: adb, serials: [A, A]}" }, /devices\.serials names phone A twice/],
  ["no list of phones", { yaml: "devices: {provider: adb, serials: A}" }, /devices\.serials must be a list of serials/],
  [
    "a port that is none",
    { yaml: "devices: {provider: adb, adb_port: 80}" },
    /devices\.adb_port is "80": must be a whole number from 1024/,
  ],
  [
    "ports backwards",
    { yaml: "devices: {provider: adb, system_ports: 9000-8000}" },
    /devices\.system_ports is "9000-8000": must be a range/,
  ],
  [
    "an account on a phone of nobody",
    { yaml: "devices: {provider: adb, serials: [A]}\naccounts: [{name: anna, device: B}]" },
    /account anna: its device B is none of devices\.serials/,
  ],
  ["the live renderer", { flags: { renderer: "live" } }, /^--renderer is "live": is not in this version yet/],
  ["an until in the past", { flags: { until: "2020-01-01T10:00" } }, /^--until is "2020-01-01T10:00": .*future/],
  ["an until of nothing", { flags: { until: "0" } }, /^--until is "0"/],
  ["a media map without =", { flags: { mediaMap: ["a=b", "c"] } }, /^--media-map is .*FROM=TO/],
  ["a campaign with a slash", { flags: { campaign: "../x" } }, /^--campaign is "..\/x"/],
  ["an empty exec", { flags: { exec: " " } }, /^--exec is " ": /],
  ["two posters", { flags: { exec: "a", simulate: true } }, /^--exec and --simulate exclude each other/],
  ["verify same as nothing", { flags: { verifyExec: "same" } }, /^--verify-exec is "same", but there is no --exec/],
  [
    "verify of a simulation",
    { flags: { verifyExec: "x", simulate: true } },
    /^--verify-exec does not go with --simulate/,
  ],
  ["json and lines", { flags: { json: true, renderer: "lines" } }, /^--json and --renderer lines exclude/],
  ["no account", { flags: { accounts: " , " } }, /^--accounts names no account/],
  ["no accounts file", { flags: { accounts: "@gone.txt" } }, /^--accounts is "@gone.txt": there is no file gone.txt$/],
  ["no config file", { flags: { config: "gone.yaml" } }, /^--config is "gone.yaml": there is no such file$/],
  ["a bad variable", { env: { REPRISE_WORKERS: "x" } }, /^REPRISE_WORKERS is "x": must be a whole number/],
  [
    "a variable of a --no- flag",
    { env: { REPRISE_NO_COLOR: "perhaps" } },
    /^REPRISE_NO_COLOR is "perhaps": must be true or false/,
  ],
  [
    "a bad value in the file",
    { yaml: "workers: 1\npasses:\n  max: 0\n" },
    /^reprise.config.yaml:3: passes.max is "0": must be a whole number/,
  ],
  [
    "an unknown key",
    { yaml: "workers: 1\nworkerz: 2\n" },
    /^reprise.config.yaml:2: unknown key workerz; did you mean workers\?$/,
  ],
  [
    "an unknown key inside",
    { yaml: "passes:\n  maxx: 2\n" },
    /^reprise.config.yaml:2: unknown key passes.maxx; did you mean passes.max\?$/,
  ],
  [
    "a key in the wrong place",
    { yaml: "silent_is: failed\n" },
    /unknown key silent_is; did you mean poster.silent_is\?$/,
  ],
  ["a flag's name", { yaml: "daily_limit: 3\n" }, /:1: unknown key daily_limit; did you mean limits\.daily\?$/],
  ["a key nobody knows", { yaml: "passes: {quux: 2}\n" }, /unknown key passes.quux; known here: max, delay/],
  ["a later key", { yaml: "notify: []\n" }, /^reprise.config.yaml:1: notify is not in this version yet/],
  ["rules that are no files", { yaml: "rules: [{a: b}]\n" }, /^reprise.config.yaml:1: rules must be a list of files/],
  [
    "a poster that is not there",
    { yaml: "poster:\n  module: p.ts\n" },
    /:2: poster.module is "p.ts": there is no such file/,
  ],
  ["a value where settings go", { yaml: "passes: 3\n" }, /:1: passes must hold settings: max, delay/],
  ["settings where a value goes", { yaml: "workers: {a: 1}\n" }, /:1: workers must be a single value/],
  [
    "an unknown zone",
    { yaml: "limits: {timezone: Mars/Base}\n" },
    /:1: limits.timezone is "Mars\/Base": must be a time zone/,
  ],
  [
    "an account's unknown zone",
    { yaml: "accounts:\n  - name: a\n    timezone: Berlin\n" },
    /:3: timezone of an account is "Berlin": must be/,
  ],
  [
    "an account's unknown key",
    { yaml: "accounts:\n  - {name: a, windo: x}\n" },
    /:2: unknown key windo of an account; did you mean window/,
  ],
  ["an account without name", { yaml: "accounts: [{platform: x}]\n" }, /:1: an account has no name/],
  ["an account twice", { yaml: "accounts: [{name: a}, {name: a}]\n" }, /account a is listed twice/],
  ["a secret's value", { yaml: "secrets: ['a b']\n" }, /:1: secrets must be a list of names/],
  ["no YAML", { yaml: "workers: 1\npasses: [\n" }, /^reprise.config.yaml:\d+: is not sound YAML/],
  ["a key twice", { yaml: "workers: 1\nworkers: 2\n" }, /^reprise.config.yaml:2: is not sound YAML: .*unique/],
  ["an alias", { yaml: "passes: &p {max: 2}\nretry: *p\n" }, /:2: aliases/],
  ["a list", { yaml: "- a\n" }, /must hold settings/],
];
for (const [why, given, message] of refused) {
  test(`refused in one line: ${why}`, async () => {
    const answer = await ask(given);
    assert.ok(!answer.ok, "was taken");
    assert.match(answer.error.message, message);
    assert.doesNotMatch(answer.error.message, /\n/);
  });
}

test("--no- flags say something only when given: commander answers true without them", async () => {
  assert.equal((await take({ flags: { retryUnknown: true, color: true, input: true } })).settings.retry.unknown, 2);
  assert.equal((await take({ flags: { retryUnknown: false } })).settings.retry.unknown, 0);
  assert.equal((await take({ env: { REPRISE_NO_RETRY_UNKNOWN: "1" } })).settings.retry.unknown, 0);
  assert.equal((await take({ env: { REPRISE_NO_RETRY_UNKNOWN: "0" } })).settings.retry.unknown, 2);
  assert.equal((await take({ flags: { input: false } })).noInput, true);
  assert.equal((await take({ env: { NO_COLOR: "1" } })).color, false);
  assert.equal((await take({ env: { NO_COLOR: "" } })).color, true);
});

test("the poster named nearer to the user wins", async () => {
  const yaml = "poster: {exec: posts}\n";
  const simulated = await take({ yaml, flags: { simulate: "s.yaml" } });
  assert.equal(simulated.settings.poster.kind, "simulated");
  assert.equal((await take({ env: { REPRISE_SIMULATE: "1" } })).settings.poster.kind, "simulated");
  const own = await take({ yaml: "poster: {simulate: true}\n", env: { REPRISE_EXEC: "posts" } });
  assert.deepEqual(own.settings.poster, { kind: "command", exec: "posts", verifyExec: null, silentIs: "unconfirmed" });
});

test("accounts come from a list or a file with comments, each once", async () => {
  assert.deepEqual((await take({ flags: { accounts: "b, a,,b" } })).settings.accounts, ["b", "a"]);
  const files = { "who.txt": "# ours\nanna\r\n\nben # on leave\nanna\n" };
  assert.deepEqual((await take({ files, flags: { accounts: "@who.txt" } })).settings.accounts, ["anna", "ben"]);
});

test("until is an instant: from now, at a time of day to come, or at a date", async () => {
  const until = async (text: string) => (await take({ flags: { until: text } })).settings.until ?? 0;
  assert.ok(Math.abs((await until("2h")) - Date.now() - 7_200_000) < 5000);
  const clock = new Date(await until("06:30"));
  assert.deepEqual([clock.getHours(), clock.getMinutes()], [6, 30]);
  assert.ok(clock.getTime() > Date.now() && clock.getTime() <= Date.now() + 25 * 3_600_000);
  assert.equal(await until("2099-01-01T00:00Z"), Date.parse("2099-01-01T00:00Z"));
});

test("media maps are told apart at their first equals sign", async () => {
  const { mediaMap } = await take({ flags: { mediaMap: ["C:\\vids=/mnt/vids", "/a=/b=c"] } });
  assert.deepEqual(mediaMap, [
    { from: "C:\\vids", to: "/mnt/vids" },
    { from: "/a", to: "/b=c" },
  ]);
});

test("the machine's zone is a name that Intl knows, also where TZ is no such name", () => {
  assert.equal(systemZone("Europe/Berlin"), "Europe/Berlin");
  for (const tz of ["CET-1CEST", ":Nowhere/At/All", "", undefined]) {
    assert.doesNotThrow(() => Intl.DateTimeFormat("en", { timeZone: systemZone(tz) }));
  }
});

test("without a config file neither yaml nor zod is loaded", () => {
  const script = `
    import { registerHooks } from "node:module";
    const seen = [];
    registerHooks({ resolve: (s, c, next) => { const r = next(s, c); if (/node_modules/.test(r.url)) seen.push(s); return r; } });
    const { resolveConfig } = await import(${JSON.stringify(join(import.meta.dirname, "config.ts"))});
    await resolveConfig({ flags: {}, env: {}, cwd: ${JSON.stringify(folder())} });
    console.log(JSON.stringify(seen));`;
  const out = execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  assert.deepEqual(JSON.parse(out), []);
});
