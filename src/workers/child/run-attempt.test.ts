import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import type { GoAnswer } from "../../core/claim.ts";
import { judge } from "../../core/classify.ts";
import { attemptId, fence, instant, jobId, millis, passNo, runId } from "../../core/ids.ts";
import { PLAIN_JOB } from "../../core/job.ts";
import { readPosterEnd } from "../../core/poster-end.ts";
import { NOTHING_SPENT } from "../../core/retry.ts";
import type { Poster } from "../../posters/posters.ts";
import type { WorkerTask } from "../workers.ts";
import { type AttemptPorts, runAttempt } from "./run-attempt.ts";

const MEDIA = { size: 1, mtimeMs: 1, hash: "h" };
const never = new Promise<never>(() => {});

function aTask(more: { known?: boolean; timeoutMs?: number } = {}): WorkerTask {
  return {
    phone: null,
    claim: {
      attempt: attemptId("run.1"),
      fence: fence(1),
      run: runId("run"),
      pass: passNo(1),
      job: {
        ...PLAIN_JOB,
        id: jobId("a"),
        account: "anna",
        media: "/m/a.mp4",
      },
      worker: 1,
      device: null,
      spent: NOTHING_SPENT,
      startedAt: instant(0),
      media: more.known === true ? MEDIA : null,
      opaque: more.known === true,
    },
    poster: { kind: "command", exec: "post", verifyExec: null, silentIs: "unconfirmed" },
    attemptTimeoutMs: millis(more.timeoutMs ?? 60_000),
    secrets: [],
  };
}

function portsOf(t: TestContext, more: Partial<AttemptPorts>): { ports: AttemptPorts; posts: string[] } {
  const evidenceRoot = mkdtempSync(join(tmpdir(), "reprise-attempt-"));
  t.after(() => rmSync(evidenceRoot, { recursive: true, force: true }));
  const posts: string[] = [];
  const poster: Poster = {
    async post(task) {
      posts.push(task.job.id);
      return assert.fail("not to be started");
    },
    look: async () => "cannot_tell",
    check: async () => null,
  };
  const ports: AttemptPorts = {
    poster: async () => poster,
    checkMedia: async () => ({ ok: true, media: MEDIA }),
    askMedia: async () => ({ go: true }),
    askPublishing: async () => ({ go: true }),
    tell: () => {},
    posterStarted: () => {},
    stuck: () => {},
    log: () => {},
    evidenceRoot,
    ...more,
  };
  return { ports, posts };
}

const soon = () => new Promise((resolve) => setImmediate(resolve));

// The ledger holds an opaque intent by then: without a word that the poster never ran, the post would count as possibly live.
const MOMENTS: [moment: string, known: boolean, stuck: Partial<AttemptPorts>][] = [
  ["while its media is checked", true, { checkMedia: () => never }],
  ["while its media is reported", false, { askMedia: () => never }],
];
for (const [moment, known, stuck] of MOMENTS) {
  test(`stopped ${moment}, an attempt never ran: nothing of it can be live`, async (t) => {
    const { ports, posts } = portsOf(t, stuck);
    const running = runAttempt(aTask({ known }), ports);
    await soon();
    running.abandon();
    const end = await running.end;
    assert.equal(readPosterEnd("opaque", end).type, "cancelled");
    assert.deepEqual(posts, []);
  });

  test(`timed out ${moment}, an attempt has failed before it ran`, async (t) => {
    const { ports } = portsOf(t, stuck);
    const end = await runAttempt(aTask({ known, timeoutMs: 10 }), ports).end;
    const outcome = readPosterEnd("opaque", end);
    assert.equal(outcome.type === "failed" && judge(outcome.evidence).category, "infrastructure");
  });
}

test("stopped before the poster is made, an attempt never ran", async (t) => {
  const made = Promise.withResolvers<Poster>();
  const { ports } = portsOf(t, { poster: () => made.promise });
  const running = runAttempt(aTask(), ports);
  await soon();
  running.abandon();
  const poster: Poster = {
    post: () => assert.fail("not to be started"),
    look: async () => "cannot_tell",
    check: async () => null,
  };
  made.resolve(poster);
  assert.equal(readPosterEnd("opaque", await running.end).type, "cancelled");
});

test("media that is refused starts no poster, and the reason is handed on", async (t) => {
  const answer: GoAnswer = { go: false, reason: "duplicate" };
  const { ports, posts } = portsOf(t, { askMedia: async () => answer });
  const end = await runAttempt(aTask(), ports).end;
  assert.deepEqual([end.noGo, posts], ["duplicate", []]);
});
