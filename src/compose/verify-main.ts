// `verify`: looks for unconfirmed posts, read-only, outside a run.
import { ORPHAN_PATIENCE } from "../cleanup/cleanup.ts";
import type { StopSource } from "../cli/stop-source.ts";
import type { Resolved } from "../config/config.ts";
import type { RuleBook } from "../core/classify.ts";
import { RepriseError } from "../core/errors.ts";
import type { EventLine } from "../core/events.ts";
import { jobId } from "../core/ids.ts";
import { openEmbeddedDispatch } from "../dispatch/embedded/embedded-dispatch.ts";
import { Control } from "../run/control.ts";
import { verifies } from "../run/run-passes.ts";
import { readBook, rulesForLeft } from "./rule-books.ts";
import { recoverFrom } from "./run-main.ts";
import { saysPhones } from "./says-phones.ts";
import { openSession, type Session } from "./session.ts";

export type VerifyOptions = {
  resolved: Resolved;
  /** None named: all that are unconfirmed. */
  jobs: readonly string[];
  stop: StopSource;
  onEvent(line: EventLine): void;
};

export type VerifyEnd = {
  /** Who asked it to stop; `null`: nobody. */
  stoppedBy: string | null;
  /** A phone that was told to stop is on: the next start or sweep stops it. */
  isStillOn: boolean;
};

/** @throws RepriseError `usage` without a verify command; `conflict` while a run holds the campaign (it verifies by itself) */
export async function verifyMain(options: VerifyOptions): Promise<VerifyEnd> {
  const { resolved, onEvent } = options;
  if (!resolved.hasPoster || !verifies(resolved.settings)) {
    throw new RepriseError(
      "usage",
      "nothing can look: name a read-only command with --verify-exec CMD (or `same` if your poster answers REPRISE_ACTION=verify), or with --poster FILE",
    );
  }
  const book = await readBook(resolved.ruleFiles);
  const session = await openSession(resolved.stateDir, resolved.campaign, resolved);
  const end = session.ledger.subscribe(onEvent);
  try {
    const stoppedBy = await verifySession(session, { ...options, book });
    return { stoppedBy, isStillOn: (await session.campaign.phoneTime.on()).length > 0 };
  } finally {
    end();
    await session.close();
  }
}

type Verifying = Omit<VerifyOptions, "onEvent"> & { book: RuleBook };

/** Between lock and release: to the end of all looks, or to a stop. @returns who asked it to stop */
export async function verifySession(session: Session, options: Verifying): Promise<string | null> {
  try {
    return await verify(session, options);
  } finally {
    await session.sweep("end", 0);
  }
}

async function verify(session: Session, { resolved, jobs, stop, book }: Verifying): Promise<string | null> {
  const { campaign, ledger, host } = session;
  const { settings } = resolved;
  const { clock, timers } = host;
  const fleet = session.openFleet(settings, await session.findPhones(settings));
  const pool = session.openPool(settings);
  const dispatch = openEmbeddedDispatch({ ledger: campaign, fleet, pool, settings, clock });
  const control = new Control({ ledger, runs: campaign.runs, dispatch, settings, clock, timers });
  try {
    await campaign.runs.takeCommands(); // sent to an earlier start
    stop.onStop((by, stage) => control.requestStop(by, stage));
    control.listen();
    await session.sweep("start", ORPHAN_PATIENCE, control.hurry);
    await session.stopLeftPhones(settings);
    await recoverFrom(session, await rulesForLeft(campaign, resolved, book));
    if (!control.stopAsked) {
      const list = await campaign.looks.list(jobs.length === 0 ? undefined : jobs.map(jobId));
      if (!saysPhones(resolved)) refuseUnsaid(list);
      await dispatch.look(list);
    }
    return control.stoppedBy;
  } finally {
    control.close();
    await pool.close();
    if (await campaign.runs.reigns()) await fleet.close(); // else its phones are another's now
  }
}

/** A poster that is given no phone may look on whichever it finds, and call a post absent that went out from another. */
function refuseUnsaid(list: Awaited<ReturnType<Session["campaign"]["looks"]["list"]>>): void {
  const post = list.find(({ device }) => device !== null);
  if (post === undefined) return;
  throw new RepriseError(
    "usage",
    `--devices: job ${post.job.id} was posted from phone ${post.device}: say --devices as its run did, or --devices none if a look needs no phone`,
  );
}
