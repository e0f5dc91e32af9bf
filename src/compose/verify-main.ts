// `verify`: looks for unconfirmed posts, read-only, outside a run.
import type { Resolved } from "../config/config.ts";
import { RepriseError } from "../core/errors.ts";
import type { EventLine } from "../core/events.ts";
import { jobId } from "../core/ids.ts";
import type { RunSettings } from "../core/settings.ts";
import { openEmbeddedDispatch } from "../dispatch/embedded/embedded-dispatch.ts";
import { verifies } from "../run/run-passes.ts";
import { openSession, type Session } from "./session.ts";

export type VerifyReport = { looked: number; unconfirmed: number };

/** @throws RepriseError `usage` without a verify command; `conflict` while a run holds the campaign (it verifies by itself) */
export async function verifyMain(options: {
  resolved: Resolved;
  jobs: string[];
  onEvent(line: EventLine): void;
}): Promise<VerifyReport> {
  const { resolved, jobs } = options;
  const { settings } = resolved;
  if (!resolved.hasPoster || !verifies(settings)) {
    throw new RepriseError(
      "usage",
      "nothing can look: name a read-only command with --verify-exec CMD (or `same` if your poster answers REPRISE_ACTION=verify), or with --poster FILE",
    );
  }
  const session = await openSession(resolved.stateDir, resolved.campaign, resolved);
  const end = session.ledger.subscribe(options.onEvent);
  try {
    return await verifySession(session, settings, jobs);
  } finally {
    end();
    await session.close();
  }
}

/** Looks for these posts (none named: all that are unconfirmed), between lock and release. */
export async function verifySession(
  session: Session,
  settings: RunSettings,
  jobs: readonly string[],
): Promise<VerifyReport> {
  const { campaign, host } = session;
  const pool = session.openPool(settings);
  const fleet = session.openFleet(settings, await session.findPhones(settings));
  try {
    const dispatch = openEmbeddedDispatch({ ledger: campaign, fleet, pool, settings, clock: host.clock });
    const list = await campaign.looks.list(jobs.length === 0 ? undefined : jobs.map(jobId));
    await dispatch.look(list);
    const { unconfirmed } = await campaign.views.counts();
    return { looked: list.length, unconfirmed };
  } finally {
    await pool.close();
    await fleet.close();
  }
}
