// Config, ledger, poster, media, lock, leftovers, accounts.
import type { Facts, LedgerFacts, LockFacts, PosterFacts } from "./facts.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

/** A clock may be a little behind the machine that wrote before it. */
const FUTURE_TOLERANCE_MS = 5 * 60_000;
const FIRST_SANE = Date.UTC(2025, 0);
const LISTED = 5;

export function campaignFindings(facts: Facts): Finding[] {
  return [
    configFinding(facts),
    ...ledgerFindings(facts.ledger, facts.clock.now),
    ...posterFindings(facts.poster),
    ...mediaFindings(facts),
    lockFinding(facts.lock),
    ...leftoverFindings(facts),
    accountFinding(facts),
  ];
}

function configFinding({ config: { file, error } }: Facts): Finding {
  if (error !== null) return problem("config", error, "mend it; reprise config --origin shows the rest");
  return ok("config", file ?? "no config file; defaults, flags and environment");
}

function ledgerFindings(ledger: LedgerFacts, now: number): Finding[] {
  switch (ledger.kind) {
    case "none":
      return [ok("ledger", "none yet")];
    case "unusable":
      return [problem("ledger", ledger.why, "do not delete it: it knows what was posted")];
    case "usable":
      return [soundness(ledger), ...newest(ledger.newestAt, now)];
  }
}

function soundness({ bytes, faults, isThorough }: LedgerFacts & { kind: "usable" }): Finding {
  const size = `${(bytes / 1024 / 1024).toFixed(1)} MB`;
  if (faults.length === 0) return ok("ledger", `${size}, ${isThorough ? "every page and count is" : "is"} sound`);
  return problem(
    "ledger",
    `damaged: ${listed(faults)}`,
    "copy the state folder as it is, restore the newest backup, and compare before the next run",
  );
}

function newest(newestAt: number | null, now: number): Finding[] {
  // a clock that was never set is a finding of its own
  if (newestAt === null || newestAt <= now + FUTURE_TOLERANCE_MS || now < FIRST_SANE) return [];
  return [
    warning(
      "clock and ledger",
      `the newest entry is of ${new Date(newestAt).toISOString()}, in the future: the clock was set back`,
      "set the clock; no day is given twice meanwhile",
    ),
  ];
}

function posterFindings(poster: PosterFacts): Finding[] {
  switch (poster.kind) {
    case "none":
      return [
        problem(
          "poster",
          "none: nothing can be posted",
          "--exec CMD or --poster FILE, or poster.exec or poster.module in the config; reprise init writes one",
        ),
      ];
    case "module":
      return [ok("poster", `module ${poster.file}`)];
    case "simulated":
      return [ok("poster", "simulated: nothing is really posted")];
    case "command":
      return poster.commands.map(({ key, of }) => {
        if (of.kind === "found") return ok(key, of.path);
        if (of.kind === "untold") return ok(key, `not looked up: ${of.why}`);
        return problem(
          key,
          `${of.word}: ${of.why}`,
          "mend the command, or PATH where reprise runs (cron has a short one)",
        );
      });
  }
}

function mediaFindings({ media }: Facts): Finding[] {
  const { folders, bad, hasMore } = media;
  if (folders === 0) return [];
  const all = `${folders}${hasMore ? " of more" : ""} ${folders === 1 ? "folder" : "folders"} of open jobs`;
  if (bad.length === 0) return [ok("media", all)];
  const remedy = "mount it, or take the file in again with --media-map FROM=TO";
  return bad.slice(0, LISTED).map(({ folder, why }) => problem("media", `${folder}: ${why}`, remedy));
}

function lockFinding({ holder, unfinished }: LockFacts): Finding {
  if (holder?.isAlive === true) return ok("running", `pid ${holder.pid} on ${holder.host}, since ${holder.since}`);
  if (unfinished === null) return ok("running", "nobody");
  return warning(
    "running",
    `nobody, and run ${unfinished.run} is not finished (pass ${unfinished.pass})`,
    "reprise run goes on with it",
  );
}

function leftoverFindings({ leftovers: { processes, outbox, trays }, lock }: Facts): Finding[] {
  const found: Finding[] = [];
  if (processes.length > 0) {
    const shown = listed(processes.map((p) => `${p.pid} ${p.command}`));
    found.push(
      warning("leftovers", `processes of a run that is gone: ${shown}`, "reprise sweep, or the next run ends them"),
    );
  }
  if (outbox.damaged.length > 0)
    found.push(
      warning(
        "leftovers",
        `ends of attempts that can't be read: ${listed(outbox.damaged)}`,
        "look at those jobs, then delete the files",
      ),
    );
  if (outbox.whole > 0 && lock.holder?.isAlive !== true)
    found.push(
      warning(
        "leftovers",
        outbox.whole === 1
          ? "an attempt's end waits to be taken up"
          : `${outbox.whole} ends of attempts wait to be taken up`,
        "reprise sweep, or the next run does it",
      ),
    );
  if (trays > 0)
    found.push(
      warning(
        "leftovers",
        trays === 1
          ? "an import was cut off; nothing of it was taken in"
          : `${trays} imports were cut off; nothing of them was taken in`,
        "import again",
      ),
    );
  return found.length > 0 ? found : [ok("leftovers", "none")];
}

function accountFinding({ heldAccounts }: Facts): Finding {
  if (heldAccounts.length === 0) return ok("accounts", "none held");
  return warning(
    "accounts",
    `${heldAccounts.length} held: ${listed(heldAccounts)}`,
    "reprise accounts list says why; when it is mended: reprise accounts release NAME",
  );
}

function listed(all: readonly string[]): string {
  const more = all.length - LISTED;
  return `${all.slice(0, LISTED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
