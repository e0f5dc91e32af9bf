// A killed Appium leaves its phone to itself: the post is made, and the next session finds the way clear.
import assert from "node:assert/strict";
import test from "node:test";
import { given } from "../../src/devices/devices.contract.ts";
import { nodeProcesses } from "../../src/host/node/node-host.ts";
import { readPosts } from "../../src/sim/phone/app/witness.ts";
import { adbWorld, freePort, until } from "../device/adb-world.ts";
import { appium, end, post, session } from "../device/appium-world.ts";

const never = new AbortController().signal;

test("after kill -9 of Appium the post is made all the same, and stopping the phone clears the way", {
  timeout: 90_000,
}, async (t) => {
  const mark = `uia-${process.pid}-${Date.now()}`;
  const world = await adbWorld(t);
  const [phone] = world.phones;
  const devices = world.devices({ mark, processes: nodeProcesses });
  t.after(() => devices.close());
  given(await devices.lease(phone.serial));
  given(await devices.ready(phone.serial, never));
  const systemPort = await freePort();
  await phone.command({ do: "upload_ms", ms: 1500 });
  const first = await appium(t, world, mark);
  await post(await session(world, first.port, systemPort), "unconfirmed");
  await end(first.process, "SIGKILL");
  const children = () => nodeProcesses.marked(mark).filter(({ command }) => command.includes(` -s ${phone.serial} `));
  assert.ok(children().length > 0, "a killed Appium leaves adb children");
  assert.match((await world.adb("forward", "--list")).text, new RegExp(`tcp:${systemPort} tcp:6790`));

  given(await devices.stop(phone.serial));
  await until("the children are gone", () => children().length === 0);
  assert.equal((await world.adb("forward", "--list")).text.trim(), "");
  await until("the upload has ended", () => readPosts(world.witness).length > 0);

  given(await devices.ready(phone.serial, never));
  const second = await appium(t, world, mark);
  const browser = await session(world, second.port, systemPort);
  await browser.activateApp("com.sim.poster");
  if (await browser.$("id=ok").isExisting()) await browser.$("id=ok").click();
  await browser.$("~Profile").click();
  assert.equal(await browser.$("id=com.sim.poster:id/post_item").getText(), "unconfirmed");
  await browser.deleteSession();
  await end(second.process, "SIGTERM");
  assert.equal(readPosts(world.witness).length, 1);
});
