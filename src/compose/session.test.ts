import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type LockHolder, lockCampaign } from "../conflict/conflict.ts";
import { nodeProcesses } from "../host/node/node-host.ts";
import { openSession } from "./session.ts";

const how = { allowNetworkFs: true, takeOver: false };

function held(t: TestContext, more: Partial<LockHolder>) {
  const stateDir = mkdtempSync(join(tmpdir(), "reprise-session-"));
  t.after(() => rmSync(stateDir, { recursive: true, force: true }));
  const lock = lockCampaign(stateDir, "a", { ...nodeProcesses.self(), host: "desk", since: "now", ...more });
  assert.ok(lock.ok);
  return { stateDir, release: lock.release };
}

test("a start waits for a run of another campaign that settles what its own dead run left", async (t) => {
  const { stateDir, release } = held(t, { settles: true });
  let isOpen = false;
  const opening = openSession(stateDir, "a", how).finally(() => (isOpen = true));
  await sleep(300); // it may look as often as it likes
  assert.equal(isOpen, false);
  release();
  await (await opening).close();
});

test("and for nobody else: the campaign is held", async (t) => {
  const { stateDir, release } = held(t, {});
  await assert.rejects(openSession(stateDir, "a", how), /holds campaign "a"/);
  release();
});
