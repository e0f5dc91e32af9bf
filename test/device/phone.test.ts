// The simulated phone as the real adb program sees it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { type AdbWorld, adbWorld, until } from "./adb-world.ts";

const TARGET = "/sdcard/Download/v.mp4";

async function connected(t: TestContext, accounts: [string, ...string[]] = ["anna"]): Promise<AdbWorld> {
  const world = await adbWorld(t, accounts);
  await world.adb("start-server");
  for (const { serial } of world.phones) {
    assert.match((await world.adb("connect", serial)).text, /^connected to/);
  }
  return world;
}

/** A file of random bytes, so that no lucky repetition hides a lost block. */
function mediaFile(folder: string, bytes = 3_000_000): string {
  const file = join(folder, "media.bin");
  writeFileSync(file, randomBytes(bytes));
  return file;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false; // no such process
  }
}

test("adb connects to the phone and lists it with its model", async (t) => {
  const { adb, phones } = await connected(t);
  const { text } = await adb("devices", "-l");
  assert.match(text, new RegExp(`${phones[0].serial}\\s+device product:simphone model:SimPhone`));
});

test("a shell command's output and exit code come back", async (t) => {
  const { adb, phones } = await connected(t);
  const shell = (command: string) => adb("-s", phones[0].serial, "shell", command);
  assert.deepEqual(await shell("getprop ro.serialno").then(({ exit, text }) => [exit, text]), [0, "SIM1\n"]);
  assert.equal((await shell("exit 7")).exit, 7);
  assert.equal((await shell("nosuch")).exit, 127);
  assert.equal((await shell("false; echo __rc=$?")).text, "__rc=1\n");
  assert.deepEqual((await phones[0].command({ do: "state" })).unknown, ["nosuch"]);
});

test("a phone's boot id stays until it is started anew, and is no other phone's", async (t) => {
  const { adb, phones } = await connected(t, ["anna", "bea"]);
  const bootIds = async () => {
    const asked = phones.map(({ serial }) => adb("-s", serial, "shell", "cat", "/proc/sys/kernel/random/boot_id"));
    return (await Promise.all(asked)).map(({ text }) => text);
  };
  const [first, other] = await bootIds();
  assert.match(first ?? "", /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\n$/);
  assert.notEqual(other, first);
  assert.deepEqual(await bootIds(), [first, other]);
  await phones[0].command({ do: "reboot", ms: 0 });
  await until("it is up again", async () => {
    await adb("connect", phones[0].serial);
    const [again] = await bootIds();
    return again !== first && /^[0-9a-f-]{36}\n$/.test(again ?? "");
  });
});

test("3 MB pushed and pulled back are the same bytes", async (t) => {
  const { adb, phones, folder } = await connected(t);
  const file = mediaFile(folder);
  const back = join(folder, "back.bin");
  assert.equal((await adb("-s", phones[0].serial, "push", file, TARGET)).exit, 0);
  assert.equal((await adb("-s", phones[0].serial, "pull", TARGET, back)).exit, 0);
  assert.ok(readFileSync(file).equals(readFileSync(back)));
});

test("a connection cut in the middle of a push leaves no file, and the phone is back by itself", async (t) => {
  const { adb, phones, folder } = await connected(t);
  const [{ serial, command }] = phones;
  await command({ do: "drop_after", bytes: 1_000_000 });
  const push = await adb("-s", serial, "push", mediaFile(folder), TARGET);
  assert.equal(push.exit, 1);
  assert.deepEqual((await command({ do: "state" })).files, []);
  await until("the phone is back", async () => (await adb("-s", serial, "get-state")).text === "device\n");
  assert.equal((await adb("-s", serial, "push", mediaFile(folder), TARGET)).exit, 0);
});

test("a full storage refuses the file and says so", async (t) => {
  const { adb, phones, folder } = await connected(t);
  await phones[0].command({ do: "free_bytes", bytes: 1000 });
  const push = await adb("-s", phones[0].serial, "push", mediaFile(folder), TARGET);
  assert.equal(push.exit, 1);
  assert.match(push.text, /No space left on device/);
  assert.match((await adb("-s", phones[0].serial, "shell", "df /sdcard")).text, /\s0\s+1% \/storage/);
});

test("a phone that is gone is missed, and found again at its old address", async (t) => {
  const { adb, phones } = await connected(t);
  const [{ serial, command }] = phones;
  await command({ do: "gone" });
  assert.notEqual((await adb("-s", serial, "shell", "true")).exit, 0);
  await adb("disconnect", serial);
  assert.match((await adb("connect", serial)).text, /Connection refused/);
  await command({ do: "back" });
  assert.match((await adb("connect", serial)).text, /^connected to/);
});

test("two phones answer at once, each for itself", async (t) => {
  const { adb, phones, folder } = await connected(t, ["anna", "bea"]);
  const file = mediaFile(folder);
  const pushed = await Promise.all(phones.map(({ serial }) => adb("-s", serial, "push", file, TARGET)));
  assert.deepEqual(
    pushed.map(({ exit }) => exit),
    [0, 0],
  );
  const names = await Promise.all(phones.map(({ serial }) => adb("-s", serial, "shell", "dumpsys account")));
  assert.match(names[0]?.text ?? "", /name=anna,/);
  assert.match(names[1]?.text ?? "", /name=bea,/);
});

test("a phone ends with the one who started it", async (t) => {
  const module = JSON.stringify(new URL("../../src/sim/phone/phone-process.ts", import.meta.url).href);
  const script = `const { startPhone } = await import(${module}); console.log((await startPhone()).pid);`;
  const starter = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => starter.kill("SIGKILL"));
  const [line] = (await once(starter.stdout, "data")) as [Buffer];
  const phone = Number(line.toString());
  process.kill(phone, 0);
  starter.kill("SIGKILL");
  await until("the phone has ended", () => !isAlive(phone));
});

test("a command that the phone does not know is refused in one line", async (t) => {
  const { phones } = await adbWorld(t);
  const wrong = { do: "mode", mode: "sleepy" } as unknown as { do: "state" };
  await assert.rejects(phones[0].command(wrong), /refused: a value of mode is missing or wrong/);
  assert.equal((await phones[0].command({ do: "state" })).mode, "ok");
});
