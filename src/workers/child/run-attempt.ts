// One attempt in the worker's process: media, poster, time-out; and who may still end it.

import { join } from "node:path";
import type { GoAnswer, KnownMedia } from "../../core/claim.ts";
import type { PosterEnd, PosterExit } from "../../core/poster-end.ts";
import { endedBeforeStart, unstartedEnd } from "../../core/unstarted-end.ts";
import { failpoint } from "../../failpoint/failpoint.ts";
import type { MediaVerdict } from "../../media/media.ts";
import type { Poster, PosterTask } from "../../posters/posters.ts";
import { timerMs } from "../timer.ts";
import type { WorkerTask } from "../workers.ts";
import { withEvidenceDir } from "./evidence-dir.ts";

export type AttemptPorts = {
  /** Made when it is needed; may reject, as with a scenario that can't be read. */
  poster(): Promise<Poster>;
  checkMedia(path: string, known: KnownMedia | null): Promise<MediaVerdict>;
  /** Asks the orchestrator. May never resolve. */
  askMedia(found: KnownMedia): Promise<GoAnswer>;
  askPublishing(baseline: string | null): Promise<GoAnswer>;
  tell(news: { type: "spoke" } | { type: "step"; name: string }): void;
  posterStarted(pid: number): void;
  log(line: string): void;
  /** Code of the poster goes on after its attempt. */
  stuck(): void;
  evidenceRoot: string;
};

export type RunningAttempt = {
  /** Never rejects. */
  end: Promise<PosterEnd>;
  /**
   * From now on the attempt is not wanted: a poster before its intent is ended, one past it may finish, and no `go` is
   * handed out any more. A silent poster whose opaque intent stands counts as past it, until it speaks.
   */
  abandon(): void;
  /** Ends it whatever the step reached. */
  endNow(): void;
};

type Standing = {
  stage: "media" | "posting";
  isOpaque: boolean;
  spoke: boolean;
  gotGo: boolean;
  isAbandoned: boolean;
  /** It asked for go, and its time was over before the answer came. */
  isUnanswered: boolean;
};

export function runAttempt(task: WorkerTask, ports: AttemptPorts): RunningAttempt {
  const over = new AbortController();
  const unwanted = new AbortController();
  const standing: Standing = {
    stage: "media",
    isOpaque: mayBeSilent(task),
    spoke: false,
    gotGo: false,
    isAbandoned: false,
    isUnanswered: false,
  };
  const afterMs = task.attemptTimeoutMs;
  const timer = setTimeout(() => endWith(over, { kind: "timed_out", afterMs }), timerMs(afterMs));
  const attempt = { task, ports, standing, over, unwanted };
  return {
    end: attemptOnce(attempt)
      .catch((e: unknown) => brokenEnd(standing, e))
      .finally(() => clearTimeout(timer)),
    abandon() {
      standing.isAbandoned = true;
      unwanted.abort();
      endIfUnwanted(attempt);
    },
    endNow: () => endWith(over, { kind: "cancelled" }),
  };
}

type Attempt = {
  task: WorkerTask;
  ports: AttemptPorts;
  standing: Standing;
  over: AbortController;
  unwanted: AbortController;
};

const mayBeSilent = ({ claim, poster }: WorkerTask) =>
  claim.opaque || (poster.kind === "command" && poster.silentIs === "unconfirmed");

const endWith = (over: AbortController, exit: PosterExit) => over.abort(exit);

function endIfUnwanted({ standing, over }: Attempt): void {
  const isSilent = standing.stage === "posting" && standing.isOpaque && !standing.spoke;
  if (standing.isAbandoned && !standing.gotGo && !isSilent) endWith(over, { kind: "cancelled" });
}

async function attemptOnce(attempt: Attempt): Promise<PosterEnd> {
  const { task, ports, standing, over } = attempt;
  if (task.poster.kind !== "simulated") {
    const refused = await prepareMedia(attempt);
    if (refused !== null) return refused;
  }
  const poster = await ports.poster();
  if (over.signal.aborted) return neverRan(over, "starting");
  return withEvidenceDir(join(ports.evidenceRoot, task.claim.attempt), async (evidenceDir) => {
    standing.stage = "posting";
    const end = await poster.post(posterTask(task, evidenceDir), hooksOf(attempt), over.signal);
    return standing.isUnanswered ? { ...end, noGo: null } : end;
  });
}

/** `null`: go on. */
async function prepareMedia({ task, ports, over, unwanted }: Attempt): Promise<PosterEnd | null> {
  const known = task.claim.media;
  const verdict = await unless(over.signal, ports.checkMedia(task.claim.job.media, known));
  if (verdict === null) return neverRan(over, "media");
  if (!verdict.ok) {
    const { category, cause, message } = verdict;
    return unstartedEnd({ kind: "media", category, cause, message }, "media");
  }
  failpoint("worker.media");
  if (known !== null && isSame(known, verdict.media)) return null;
  const answer = await unless(unwanted.signal, unless(over.signal, ports.askMedia(verdict.media)));
  if (answer === null) return neverRan(over, "media");
  return answer.go ? null : { ...unstartedEnd({ kind: "cancelled" }, "media"), noGo: answer.reason };
}

function hooksOf(attempt: Attempt) {
  const { ports, standing } = attempt;
  return {
    started(pid: number) {
      ports.posterStarted(pid);
      failpoint("worker.poster");
    },
    spoke() {
      standing.spoke = true;
      ports.tell({ type: "spoke" });
      endIfUnwanted(attempt);
    },
    step(name: string) {
      ports.tell({ type: "step", name });
      failpoint("worker.step");
    },
    publishing: (baseline: string | null) => askToPublish(attempt, baseline),
    log: (line: string) => ports.log(line),
    stuck: () => ports.stuck(),
  };
}

async function askToPublish({ ports, standing, over, unwanted }: Attempt, baseline: string | null): Promise<GoAnswer> {
  const refused: GoAnswer = { go: false, reason: "stopping" };
  if (standing.isAbandoned || over.signal.aborted) return refused;
  failpoint("worker.asking");
  const answer = await unless(unwanted.signal, unless(over.signal, ports.askPublishing(baseline)));
  failpoint("worker.answered");
  if (answer === null && !standing.isAbandoned) standing.isUnanswered = true;
  // A go that comes after the stop was asked for is not handed on: nothing was tapped, and nothing will be.
  if (answer === null || standing.isAbandoned || over.signal.aborted) return refused;
  if (answer.go) standing.gotGo = true;
  return answer;
}

function posterTask(task: WorkerTask, evidenceDir: string): PosterTask {
  const { claim } = task;
  return {
    attempt: claim.attempt,
    pass: claim.pass,
    worker: claim.worker,
    job: claim.job,
    device: claim.device,
    phone: task.phone,
    tried: claim.spent.infrastructure + claim.spent.unknown + claim.spent.rateLimits,
    timeoutMs: task.attemptTimeoutMs,
    evidenceDir,
    baseline: null,
  };
}

/** The value, or `null` as soon as the signal fires. */
function unless<T>(signal: AbortSignal, value: Promise<T>): Promise<T | null> {
  if (signal.aborted) return Promise.resolve(null);
  return new Promise((resolve, reject) => {
    const abort = () => resolve(null);
    signal.addEventListener("abort", abort, { once: true });
    value.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

const isSame = (a: KnownMedia, b: KnownMedia) => a.size === b.size && a.mtimeMs === b.mtimeMs && a.hash === b.hash;

const neverRan = ({ signal }: AbortController, step: string): PosterEnd =>
  endedBeforeStart(signal.aborted ? (signal.reason as PosterExit) : null, step);

/** A bug of ours or a full disk: nothing after this is known of the poster. */
function brokenEnd({ stage, gotGo, spoke }: Standing, e: unknown): PosterEnd {
  const message = e instanceof Error ? e.message : String(e);
  const errno = (e as NodeJS.ErrnoException).code ?? "EUNKNOWN";
  const exit: PosterExit = stage === "posting" ? { kind: "lost", message } : { kind: "not_started", errno, message };
  return { ...unstartedEnd(exit, stage === "posting" ? "posting" : "starting"), gotGo, spoke };
}
