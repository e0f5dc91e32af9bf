// What the adb provider makes of a real adb and phones that misbehave.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { faultOf, given } from "../../src/devices/devices.contract.ts";
import { MARK_VARIABLE } from "../../src/host/host.ts";
import { nodeProcesses } from "../../src/host/node/node-host.ts";
import { startPhone } from "../../src/sim/phone/phone-process.ts";
import { adbWorld, freePort, until } from "./adb-world.ts";

const never = new AbortController().signal;

async function up(t: TestContext, options: Parameters<Awaited<ReturnType<typeof adbWorld>>["devices"]>[0] = {}) {
  const world = await adbWorld(t);
  const devices = world.devices(options);
  t.after(() => devices.close());
  const [phone] = world.phones;
  given(await devices.lease(phone.serial));
  given(await devices.start(phone.serial, never));
  given(await devices.ready(phone.serial, never));
  const file = join(world.folder, "v.mp4");
  writeFileSync(file, Buffer.alloc(3_000_000, 5));
  const push = () => devices.client.push(phone.serial, file, "/sdcard/v.mp4");
  return { ...world, phone, serial: phone.serial, devices, push };
}

/** A program that listens where the adb server should. */
async function listener(t: TestContext, take: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => {}));
    take(socket);
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return port;
}

test("a push that is cut in the middle is a lost connection, and the next one succeeds", async (t) => {
  const { devices, phone, serial, push } = await up(t);
  await phone.command({ do: "drop_after", bytes: 1_000_000 });
  const fault = faultOf(await push());
  assert.deepEqual([fault.kind, fault.cause], ["try_again", "connection_lost"], fault.message);
  given(await devices.ready(serial, never));
  given(await push());
});

test("a full phone is told as such, with adb's words", async (t) => {
  const { phone, push } = await up(t);
  await phone.command({ do: "free_bytes", bytes: 1000 });
  const fault = faultOf(await push());
  assert.equal(fault.cause, "device_storage_full");
  assert.match(fault.message, /^phone 127\.0\.0\.1:\d+: pushing a file: .*No space left on device$/);
});

test("a shell command cut off in the middle is no success, though adb ends with 0", async (t) => {
  const { devices, phone, serial } = await up(t);
  const look = devices.client.shell(serial, "logcat");
  await new Promise((resolve) => setTimeout(resolve, 200));
  await phone.command({ do: "drop" });
  const fault = faultOf(await look);
  assert.deepEqual([fault.kind, fault.cause], ["try_again", "connection_lost"]);
});

test("a shell command's own failure is an answer, not a fault", async (t) => {
  const { devices, serial } = await up(t);
  const end = given(await devices.client.shell(serial, "ls /nowhere"));
  assert.deepEqual([end.code, end.out], [1, "ls: /nowhere: No such file or directory"]);
  assert.equal(given(await devices.client.shell(serial, "nosuch")).code, 127);
});

test("a phone that accepts and says nothing costs one deadline, and is offline, not gone", async (t) => {
  const world = await adbWorld(t);
  const [phone] = world.phones;
  const devices = world.devices({ deadlines: { command: 3000, connect: 800, push: 1000, ready: 3000 } });
  t.after(() => devices.close());
  await phone.command({ do: "welcome", how: "hang" });
  given(await devices.lease(phone.serial));
  const fault = faultOf(await devices.ready(phone.serial, never));
  assert.equal(fault.kind, "try_again", fault.message);
  await phone.command({ do: "welcome", how: "accept" });
  given(await devices.ready(phone.serial, never));
});

test("a phone that reboots is ready again when it is up", async (t) => {
  const { devices, phone, serial } = await up(t);
  await phone.command({ do: "reboot", ms: 700 });
  given(await devices.ready(serial, never));
  assert.equal((await phone.command({ do: "state" })).boots, 2);
});

test("another phone at a phone's address is not made ready in its place, however often that is tried", async (t) => {
  const { devices, phone, serial } = await up(t, { accountsOn: async () => ({ ok: true, value: [] }) });
  await phone.command({ do: "gone" });
  const other = await startPhone({ id: "SIM9", account: "mallory", port: phone.port });
  t.after(() => other.end());
  for (const how of ["while it is in use", "after a stop"]) {
    const fault = faultOf(await devices.ready(serial, never));
    assert.deepEqual([fault.kind, fault.cause], ["setup", "wrong_phone"], how);
    assert.match(fault.message, /^where phone 127\.0\.0\.1:\d+ was, there is phone SIM9 now\./);
    assert.deepEqual(given(await devices.confirm(serial, "anna")), { is: "other_phone", found: "phone SIM9" });
    given(await devices.stop(serial));
    given(await devices.release(serial));
    given(await devices.lease(serial));
    given(await devices.start(serial, never));
  }
});

test("a phone that is reached in two ways is in use once, by whichever way it was ready first", async (t) => {
  const { devices, phone, serial } = await up(t, { serials: null });
  const twin = `localhost:${phone.port}`;
  given(await devices.lease(twin));
  const fault = faultOf(await devices.ready(twin, never));
  assert.deepEqual([fault.kind, fault.cause, fault.scope], ["try_again", "device_busy", "phone"]);
  assert.match(fault.message, new RegExp(`phone ${twin} is the same phone as ${serial}, which is in use`));
  given(await devices.stop(serial));
  given(await devices.release(serial));
  given(await devices.ready(twin, never));
});

test("phones that share a serial number, as cheap ones do, are two phones", async (t) => {
  const { devices } = await up(t, { serials: null });
  const clone = await startPhone({ id: "SIM1", account: "bea" });
  t.after(() => clone.end());
  given(await devices.lease(clone.serial));
  given(await devices.ready(clone.serial, never));
  assert.deepEqual(given(await devices.confirm(clone.serial, "bea")), { is: "same" });
});

test("what the poster sees of the account outweighs the phone's own list", async (t) => {
  const { devices, serial } = await up(t, { accountsOn: async () => ({ ok: true, value: ["bea"] }) });
  assert.deepEqual(given(await devices.confirm(serial, "anna")), { is: "other", found: ["bea"] });
});

test("another account logged in since is seen right away", async (t) => {
  const { devices, phone, serial } = await up(t, { accountType: "com.sim.poster" });
  assert.deepEqual(given(await devices.confirm(serial, "anna")), { is: "same" });
  await phone.command({ do: "account", name: "mallory" });
  assert.deepEqual(given(await devices.confirm(serial, "anna")), { is: "other", found: ["mallory"] });
});

test("a killed Appium's forwards and adb children are cleared from a phone that stays on", async (t) => {
  const mark = `adb-test-${process.pid}-${Date.now()}/`;
  const { devices, serial, adb, environment } = await up(t, { mark, processes: nodeProcesses });
  await adb("-s", serial, "forward", "tcp:0", "tcp:6790");
  const env = { ...environment, [MARK_VARIABLE]: `${mark}campaign/1.1` };
  const orphan = spawn("adb", ["-s", serial, "logcat"], { env, stdio: "ignore" });
  const foreign = spawn("adb", ["-s", serial, "logcat"], { env: environment, stdio: "ignore" });
  t.after(() => foreign.kill("SIGKILL"));
  const ended = once(orphan, "exit");
  await until("the orphan runs", () => nodeProcesses.marked(mark).some(({ command }) => command.includes("logcat")));
  given(await devices.clear(serial));
  await ended;
  assert.equal(foreign.signalCode, null);
  assert.equal((await adb("forward", "--list")).text.trim(), "");
  assert.match((await adb("devices")).text, new RegExp(`${serial}\\s+device`));
});

test("on a shared server only our own forwards and connections are undone, and it stays when we go", async (t) => {
  const world = await adbWorld(t, ["anna", "bea"]);
  const [mine, theirs] = world.phones;
  assert.ok(theirs !== undefined);
  await world.adb("start-server");
  await world.adb("connect", theirs.serial);
  const [outside, inside] = [await freePort(), await freePort()];
  const devices = world.devices({ isPrivate: false, forwardPorts: { from: inside, to: inside } });
  for (const { serial } of world.phones) {
    given(await devices.lease(serial));
    given(await devices.ready(serial, never));
  }
  for (const port of [outside, inside]) await world.adb("-s", theirs.serial, "forward", `tcp:${port}`, "tcp:6790");
  for (const { serial } of world.phones) given(await devices.stop(serial));
  await devices.close();
  assert.match(
    (await world.adb("forward", "--list")).text,
    new RegExp(`^${theirs.serial} tcp:${outside} tcp:6790\\s*$`),
  );
  const { text } = await world.adb("devices");
  assert.doesNotMatch(text, /daemon not running/);
  assert.match(text, new RegExp(`${theirs.serial}\\s+device`));
  assert.doesNotMatch(text, new RegExp(mine.serial));
});

test("a server of our own ends with us", async (t) => {
  const { devices, adb } = await up(t);
  await devices.close();
  assert.match((await adb("devices")).text, /daemon not running/);
});

test("a program that is no adb server on our port is named, and left alone", async (t) => {
  for (const take of [() => {}, (socket: Socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")]) {
    const world = await adbWorld(t);
    const port = await listener(t, take);
    const fault = faultOf(await world.devices({ port }).list());
    assert.deepEqual([fault.kind, fault.cause], ["setup", "adb_port_held"]);
    assert.match(fault.message, new RegExp(`port ${port} is held by a program that is no adb server`));
  }
});

test("a server of another adb version is never ended by our client", async (t) => {
  const world = await adbWorld(t);
  const asked: string[] = [];
  const port = await listener(t, (socket) =>
    socket.on("data", (data) => {
      asked.push(data.toString());
      socket.end("OKAY00040027");
    }),
  );
  const fault = faultOf(await world.devices({ port, isPrivate: false }).list());
  assert.deepEqual([fault.kind, fault.cause], ["setup", "adb_version"]);
  assert.match(fault.message, /server on port \d+ has version 39, our adb \d+/);
  assert.deepEqual(asked, ["000chost:version"]);
});

test("a missing adb is a matter of set-up, and says what to install", async (t) => {
  const world = await adbWorld(t);
  const fault = faultOf(await world.devices({ binary: "no-such-adb" }).list());
  assert.deepEqual([fault.kind, fault.cause], ["setup", "adb_missing"]);
  assert.match(fault.message, /install adb/);
});

test("what is no serial never reaches adb", async (t) => {
  const world = await adbWorld(t);
  const devices = world.devices({ serials: null });
  for (const bad of ["-a", "a b", "x;reboot", "10.0.0.7:99999", "$(id)", "", "a\nb"]) {
    assert.equal(faultOf(await devices.lease(bad)).cause, "bad_serial", bad);
    assert.equal(faultOf(await devices.client.shell(bad, "true")).cause, "bad_serial", bad);
  }
});

test("adb gets a clean environment: nothing that would send it to another phone or server", async (t) => {
  const world = await adbWorld(t);
  const spy = join(world.folder, "spy");
  writeFileSync(spy, "#!/bin/sh\nenv >&2\nexit 1\n");
  chmodSync(spy, 0o755);
  process.env.ANDROID_SERIAL = "another-phone";
  process.env.ADB_SERVER_SOCKET = "tcp:elsewhere:1";
  t.after(() => {
    delete process.env.ANDROID_SERIAL;
    delete process.env.ADB_SERVER_SOCKET;
  });
  const fault = faultOf(await world.devices({ binary: spy }).list());
  assert.equal(fault.cause, "adb_port_held");
  assert.match(fault.message, new RegExp(`ANDROID_ADB_SERVER_PORT=${world.port}`));
  assert.doesNotMatch(fault.message, /another-phone|elsewhere/);
});

test("two phones are pushed to at once, and the slow one does not hold up the other", async (t) => {
  const world = await adbWorld(t, ["anna", "bea"]);
  const devices = world.devices({ deadlines: { command: 3000, connect: 12_000, push: 2000, ready: 6000 } });
  t.after(() => devices.close());
  const file = join(world.folder, "v.mp4");
  writeFileSync(file, Buffer.alloc(3_000_000, 5));
  for (const { serial } of world.phones) {
    given(await devices.lease(serial));
    given(await devices.ready(serial, never));
  }
  await world.phones[0].command({ do: "freeze" });
  const began = performance.now();
  const pushes = world.phones.map(async ({ serial }) => {
    const answer = await devices.client.push(serial, file, "/sdcard/v.mp4");
    return { answer, ms: performance.now() - began };
  });
  const [frozen, other] = await Promise.all(pushes);
  assert.equal(faultOf(frozen?.answer ?? { ok: true, value: undefined }).cause, "device_timeout");
  assert.ok(frozen !== undefined && other?.answer.ok === true && other.ms < frozen.ms, `${other?.ms} ms`);
});
