// What is said of a provider of phones: a planted fault each.
import assert from "node:assert/strict";
import { test } from "node:test";
import { providerFindings } from "./about-provider.ts";
import type { ProviderFacts, ProviderPhone } from "./facts-provider.ts";

const phone = (more: Partial<ProviderPhone> = {}): ProviderPhone => ({ id: "p1", state: "off", ours: null, ...more });
const well: ProviderFacts = {
  name: "geelark",
  url: "https://openapi.geelark.com",
  adb: { binary: "adb", client: { is: "there", protocol: 41, release: "29.0.6" } },
  secret: { is: "there" },
  answer: { is: "ok" },
  skewMs: 900,
  signs: false,
  balance: 12.5,
  phones: [phone()],
  chosen: null,
  bound: [{ account: "ana", device: "p1" }],
};

test("a provider that is well has no remedy to take; without one nothing is said", () => {
  const findings = providerFindings(well);
  assert.deepEqual(
    findings.map((f) => f.check),
    ["adb", "geelark", "geelark balance", "phones"],
  );
  assert.ok(findings.every((f) => f.level === "ok" && f.remedy === null));
  assert.deepEqual(providerFindings(null), []);
});

const table: [planted: string, more: Partial<ProviderFacts>, level: string, line: RegExp, remedy: RegExp][] = [
  ["no token", { secret: { is: "missing", why: "GEELARK_TOKEN is not set" } }, "problem", /GEELARK_TOKEN/, /Secrets/],
  ["a refused token", { answer: { is: "refused", why: "sign failed" } }, "problem", /sign failed/, /new token/],
  [
    "a plan without the API",
    { answer: { is: "barred", why: "upgrade it" } },
    "problem",
    /upgrade it/,
    /at the provider/,
  ],
  ["too many requests", { answer: { is: "busy", why: "too many" } }, "warning", /too many/, /wait/],
  ["no adb", { adb: { binary: "adb", client: { is: "missing" } } }, "problem", /no program adb/, /install/],
  ["no answer", { answer: { is: "none", why: "ENOTFOUND" } }, "problem", /ENOTFOUND/, /network/],
  ["a token sent in the open", { url: "http://10.0.0.9:7100" }, "warning", /not encrypted/, /https/],
  ["a clock that is behind", { skewMs: 125_000 }, "warning", /125 s behind geelark's/, /timedatectl/],
  ["a clock that spoils signatures", { skewMs: -125_000, signs: true }, "problem", /125 s ahead of/, /timedatectl/],
  ["an empty account", { balance: 0 }, "problem", /0\.00 left: no phone starts/, /top up/],
  ["a nearly empty account", { balance: 0.4 }, "warning", /0\.40 left/, /top up/],
  ["a phone that is gone", { chosen: ["p1", "p9"] }, "problem", /has none of that name/, /phones under devices/],
  ["a phone that has expired", { phones: [phone({ state: "expired" })] }, "problem", /has expired/, /renew/],
  [
    "an account on no phone",
    { bound: [{ account: "ana", device: "p7" }] },
    "problem",
    /ana is bound to phone p7/,
    /device/,
  ],
  ["no phone at all", { phones: [], bound: [] }, "problem", /has none that take part/, /group and tags/],
  [
    "a phone that a dead run left on",
    { phones: [phone({ state: "ready", ours: { campaign: "default", isLive: false } })] },
    "warning",
    /left on by a run that is gone, and paid for: p1/,
    /reprise sweep/,
  ],
  [
    "a stranger's phone that runs",
    { phones: [phone({ state: "ready" })] },
    "warning",
    /not by us: p1/,
    /leaves them alone/,
  ],
];
for (const [planted, more, level, line, remedy] of table) {
  test(`the doctor names ${planted}, with what to do`, () => {
    const bad = providerFindings({ ...well, ...more }).filter((f) => f.level !== "ok");
    assert.equal(bad.length, 1, JSON.stringify(bad));
    assert.equal(bad[0]?.level, level);
    assert.match(bad[0]?.finding ?? "", line);
    assert.match(bad[0]?.remedy ?? "", remedy);
  });
}

test("a phone that a live run uses is nobody's fault", () => {
  const phones = [phone({ state: "ready", ours: { campaign: "default", isLive: true } })];
  assert.ok(providerFindings({ ...well, phones }).every((f) => f.level === "ok"));
});
