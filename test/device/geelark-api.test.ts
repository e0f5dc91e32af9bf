// The GeeLark client against its stand-in, in the stand-in's time: limits, codes, pages, partial successes. No adb.
import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { faultOf, given } from "../../src/devices/devices.contract.ts";
import { GeelarkApi, type GeelarkApiOptions } from "../../src/devices/geelark/geelark-api.ts";
import { GeelarkServer } from "../../src/sim/geelark/geelark-server.ts";
import { summarise } from "../../src/sim/geelark/log.ts";
import { JumpingClock } from "../rig/run-rig.ts";

const never = new AbortController().signal;
const ids = (n: number) => Array.from({ length: n }, (_, i) => String(526_000_000_000_000_001n + BigInt(i)));

async function world(t: TestContext, phones: number, options: Partial<GeelarkApiOptions> = {}) {
  const clock = new JumpingClock();
  clock.pass(20_000); // 12:00:20
  const server = new GeelarkServer({ now: () => clock.now(), startMs: 20_000 });
  for (let n = 1; n <= phones; n++) server.addPhone(n);
  t.after(() => server.close());
  const url = await server.listen();
  const credentials = { kind: "token", token: server.secrets.token } as const;
  return { clock, server, url, api: new GeelarkApi({ url, credentials, clock, ...options }) };
}

test("a token and a signed key are both let in, a wrong one of either is a matter of set-up", async (t) => {
  const { server, url, clock, api } = await world(t, 1);
  given(await api.list({}, never));
  const { appId, apiKey } = server.secrets;
  const signed = (key: string) => new GeelarkApi({ url, clock, credentials: { kind: "key", appId, apiKey: key } });
  given(await signed(apiKey).list({}, never));
  const others = [
    signed("wrong-key"),
    new GeelarkApi({ url, clock, credentials: { kind: "token", token: "wrong-token" } }),
  ];
  for (const other of others) {
    const fault = faultOf(await other.list({}, never));
    assert.deepEqual([fault.kind, fault.cause, fault.scope], ["setup", "provider_auth", "provider"]);
    assert.doesNotMatch(fault.message, /wrong-(key|token)/);
  }
});

test("a signature refused while this clock is off says so", async (t) => {
  const { server, url, clock } = await world(t, 1);
  const { appId, apiKey } = server.secrets;
  server.faults.skewMs = 10 * 60_000;
  const api = new GeelarkApi({ url, clock, credentials: { kind: "key", appId, apiKey } });
  assert.match(faultOf(await api.list({}, never)).message, /this clock is 600 s behind the provider's/);
  assert.equal(Math.round((api.skewMs ?? 0) / 1000), 600);
});

test("250 phones are listed in three pages, each once, filtered where they are", async (t) => {
  const { server, api } = await world(t, 250);
  server.addPhone(900, { group: "strangers" });
  assert.equal(given(await api.list({ group: "fleet" }, never)).length, 250);
  assert.equal(server.log.filter((e) => e.at === "request").length, 3);
  assert.deepEqual(
    given(await api.list({ group: "strangers" }, never)).map(({ name }) => name),
    ["phone-900"],
  );
});

test("of a batch each phone has its own answer, whether it failed in part or whole", async (t) => {
  const { server, api } = await world(t, 0);
  const [good = "", old = "", gone = ""] = [
    server.addPhone(1),
    server.addPhone(2, { faults: { isExpired: true } }),
    server.addPhone(3, { faults: { isDeleted: true } }),
  ].map(({ id }) => id);
  const some = given(await api.start([good, old, gone], never));
  assert.equal(some.get(good)?.ok, true);
  const all = given(await api.start([old, gone], never));
  for (const answers of [some, all]) {
    const [first, second] = [old, gone].map((id) => faultOf(answers.get(id) ?? { ok: true, value: null }));
    assert.deepEqual([first?.kind, first?.cause, first?.scope], ["gone", "device_expired", "phone"]);
    assert.deepEqual([second?.kind, second?.cause, second?.scope], ["gone", "device_not_found", "phone"]);
  }
});

test("401 requests in a hurry take over two minutes, and the provider never has to refuse one", async (t) => {
  const { clock, server, api } = await world(t, 1);
  const began = clock.now();
  for (let n = 0; n < 401; n++) given(await api.status(ids(1), never));
  assert.ok(clock.now() - began >= 2 * 60_000 && clock.now() - began < 3 * 60_000, `${clock.now() - began} ms`);
  assert.ok(server.log.every((e) => e.at !== "request" || e.code === 0));
  assert.ok(summarise(server.log, server.now()).busiestMinute <= 200);
});

test("a storm of refusals is waited out until the next minute, without a request in between", async (t) => {
  const { clock, server, api } = await world(t, 1);
  server.faults.storm = { left: 1, code: 40007, retryAfterS: null };
  const fault = faultOf(await api.status(ids(1), never));
  assert.deepEqual([fault.kind, fault.cause, fault.scope], ["try_again", "rate_limited", "provider"]);
  assert.equal(fault.retryAfterMs, 40_000);
  given(await api.status(ids(1), never));
  assert.equal(clock.now() % 60_000, 0);
  assert.equal(server.log.filter((e) => e.at === "request").length, 2);
});

test("a gateway's 429 is obeyed as it says", async (t) => {
  const { clock, server, api } = await world(t, 1);
  server.faults.storm = { left: 1, code: "429", retryAfterS: 7 };
  const began = clock.now();
  assert.equal(faultOf(await api.status(ids(1), never)).retryAfterMs, 7000);
  given(await api.status(ids(1), never));
  assert.equal(clock.now() - began, 7000);
});

test("a lock of two hours is an answer at once, and no request leaves before it is over", async (t) => {
  const { clock, server, api } = await world(t, 1);
  server.faults.storm = { left: 1, code: 40014, retryAfterS: null };
  const began = clock.now();
  for (let n = 0; n < 3; n++) {
    const fault = faultOf(await api.status(ids(1), never));
    assert.deepEqual([fault.cause, fault.retryAfterMs], ["rate_limited", 2 * 3600_000]);
  }
  assert.equal(clock.now(), began);
  assert.equal(server.log.filter((e) => e.at === "request").length, 1);
  given(await api.start(ids(1), never)); // another call of the API has limits of its own
});

test("an outage is the provider's, whichever way it shows", async (t) => {
  const { server, api } = await world(t, 1);
  for (const how of ["cut", "503"] as const) {
    server.faults.outage = { until: server.now() + 1000, how };
    const fault = faultOf(await api.status(ids(1), never));
    assert.deepEqual([fault.kind, fault.scope], ["try_again", "provider"], fault.message);
  }
});

test("an empty account can't start phones: a matter of set-up, at once", async (t) => {
  const { server, api } = await world(t, 1);
  server.faults.balance = 0;
  const fault = faultOf(await api.start(ids(1), never));
  assert.deepEqual([fault.kind, fault.cause], ["setup", "provider_balance"]);
  assert.match(fault.message, /balance not enough \(code 41001\); top up/);
  assert.equal(given(await api.balance(never)), 0);
});

const lasting: [code: number, kind: string, cause: string, retryAfterMs: number | null][] = [
  [43007, "try_again", "device_busy", null],
  [43008, "gone", "device_daily_limit", (11 * 3600 + 59 * 60 + 40) * 1000],
  [43029, "try_again", "device_unavailable", null],
  [45002, "try_again", "device_unavailable", null],
  [47002, "try_again", "device_unavailable", 60_000],
  [47004, "gone", "device_not_found", null],
  [49_999, "try_again", "device_error", null],
];
for (const [code, kind, cause, retryAfterMs] of lasting) {
  test(`a phone that answers ${code} is ${kind}: ${cause}`, async (t) => {
    const { server, api } = await world(t, 0);
    const { id } = server.addPhone(1, { faults: { startCodes: [code] } });
    const fault = faultOf(given(await api.start([id], never)).get(id) ?? { ok: true, value: null });
    assert.deepEqual([fault.kind, fault.cause, fault.retryAfterMs, fault.scope], [kind, cause, retryAfterMs, "phone"]);
    assert.match(fault.message, new RegExp(`^phone ${id}: starting: .*\\(code ${code}\\)`));
  });
}

test("adb's password never holds what a shell would read", async (t) => {
  const { server, api } = await world(t, 0);
  const { id } = server.addPhone(1);
  server.phones.start(id);
  const bad = async () => ({ code: 0, port: 1, password: "x;reboot" });
  server.phones.adbData = bad;
  const fault = faultOf(given(await api.adbDoors([id], never)).get(id) ?? { ok: true, value: null });
  assert.equal(fault.cause, "device_error");
  assert.doesNotMatch(fault.message, /reboot/);
});
