// The whole stack but for the phone: webdriverio, Appium, its UiAutomator2 driver and adb are the real ones.
import assert from "node:assert/strict";
import test from "node:test";
import { readPosts } from "../../src/sim/phone/app/witness.ts";
import { adbWorld, freePort } from "./adb-world.ts";
import { appium, end, post, SHA, session } from "./appium-world.ts";

test("a video is posted through UiAutomator2, and seen on the profile", { timeout: 90_000 }, async (t) => {
  const world = await adbWorld(t);
  await world.adb("start-server");
  await world.adb("connect", world.phones[0].serial);
  const server = await appium(t, world, "test");
  const browser = await session(world, server.port, await freePort());
  await post(browser, "hello 🎈 #reel");
  assert.equal(await browser.$("id=com.sim.poster:id/toast").getText(), "Your reel has been shared");
  const posts = readPosts(world.witness).map(({ account, caption, media_sha256 }) => [account, caption, media_sha256]);
  assert.deepEqual(posts, [["anna", "hello 🎈 #reel", SHA]]);
  await browser.$("id=ok").click();
  await browser.$("~Profile").click();
  assert.equal(await browser.$("id=com.sim.poster:id/profile_name").getText(), "anna");
  assert.equal(await browser.$("id=com.sim.poster:id/post_item").getAttribute("content-desc"), "SIM1-p1");
  await browser.deleteSession();
  await end(server.process, "SIGTERM");
  assert.deepEqual((await world.phones[0].command({ do: "state" })).unknown, []);
});
