import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import type { AppiumAddress } from "../../appium/appium.ts";
import { readCheck } from "../../core/check.ts";
import { judge } from "../../core/classify.ts";
import { millis } from "../../core/ids.ts";
import { type PosterExit, readPosterEnd } from "../../core/poster-end.ts";
import { aTask, hooksOf, tempFolder } from "../posters.contract.ts";
import { createCommandPoster } from "./command-poster.ts";

const never = new AbortController().signal;
const POSTS = `echo '{"type":"step","name":"'"\${REPRISE_APPIUM_URL-none}"'"}' >&3; echo '{"type":"posted"}' >&3`;

const poster = (exec: string, appium: () => Promise<AppiumAddress | null>) =>
  createCommandPoster({ exec, verifyExec: "same", secrets: [], env: process.env, binDir: "/nowhere/bin", appium });

function addressThat(tidy: () => Promise<void>) {
  const did: string[] = [];
  const address: AppiumAddress = {
    url: "http://127.0.0.1:1/x",
    tidy,
    close: async () => {},
    kill: () => did.push("kill"),
  };
  return { address, did };
}

const TIDYINGS: [why: string, tidy: () => Promise<void>, did: string[]][] = [
  ["is done", async () => {}, []],
  ["fails", () => Promise.reject(new Error("too many open files")), ["kill"]],
  ["never ends", () => new Promise(() => {}), ["kill"]],
];
for (const [why, tidy, did] of TIDYINGS) {
  test(`a post that was made is told where the tidying after it ${why}`, { timeout: 30_000 }, async (t) => {
    const { address, did: done } = addressThat(tidy);
    const end = await poster(POSTS, async () => address).post(aTask(tempFolder(t)), hooksOf(), never);
    assert.deepEqual([end.said, end.step, done], [{ type: "posted", url: null }, address.url, did]);
    const look = `echo '{"type":"verified","posted":true}' >&3`;
    if (why !== "never ends")
      assert.equal(await poster(look, async () => address).look(aTask(tempFolder(t)), hooksOf(), never), "posted");
  });
}

test("an Appium that can't be had costs no attempt: the poster runs without, and the log says why", async (t) => {
  const hooks = hooksOf();
  const none = () => Promise.reject(new Error("EMFILE: too many open files"));
  const end = await poster(POSTS, none).post(aTask(tempFolder(t)), hooks, never);
  assert.deepEqual([end.said, end.step], [{ type: "posted", url: null }, "none"]);
  assert.ok(hooks.heard.includes("log no Appium for this attempt: Error: EMFILE: too many open files"));
});

/** A poster whose attempt is over while its Appium is looked for, and what it started. */
function endedMeanwhile(t: TestContext, exit: PosterExit) {
  const over = new AbortController();
  const hooks = hooksOf();
  const ended = poster("exit 0", async () => {
    over.abort(exit);
    return null;
  });
  return { ended, hooks, at: [aTask(tempFolder(t)), hooks, over.signal] as const };
}

test("stopped before it was started, a silent poster posted nothing", async (t) => {
  const { ended, hooks, at } = endedMeanwhile(t, { kind: "cancelled" });
  const end = await ended.post(...at);
  assert.deepEqual([readPosterEnd("opaque", end).type, hooks.heard], ["cancelled", []]);
});

test("timed out before it was started, a silent poster posted nothing", async (t) => {
  const { ended, hooks, at } = endedMeanwhile(t, { kind: "timed_out", afterMs: millis(5) });
  const outcome = readPosterEnd("opaque", await ended.post(...at));
  assert.equal(outcome.type === "failed" && judge(outcome.evidence).category, "infrastructure");
  assert.deepEqual(hooks.heard, []);
});

test("a question that is over before its poster was started has no answer", async (t) => {
  const look = endedMeanwhile(t, { kind: "cancelled" });
  assert.equal(await look.ended.look(...look.at), "cannot_tell");
  const check = endedMeanwhile(t, { kind: "cancelled" });
  const end = (await check.ended.check(...check.at)) ?? assert.fail("it can be asked");
  assert.deepEqual(readCheck(end), { is: "untold", why: "the check was stopped" });
  assert.deepEqual([look.hooks.heard, check.hooks.heard], [[], []]);
});
