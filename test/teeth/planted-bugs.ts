// Bugs to plant, each as edits of the product. Chosen from the specification and `src/` alone, before the oracle was read.

export type Edit = { file: string; find: string; put: string };
export type PlantedBug = { name: string; breaks: string; edits: Edit[] };

const bug = (name: string, breaks: string, ...edits: Edit[]): PlantedBug => ({ name, breaks, edits });
const edit = (file: string, find: string, put: string): Edit => ({ file: `src/${file}`, find, put });

export const PLANTED_BUGS: readonly PlantedBug[] = [
  bug(
    "tap before intent",
    "the go is given while the intent is still being written",
    edit(
      "dispatch/embedded/flight.ts",
      "const answer = await claims.markPublishing(claim, { baseline }, settings);",
      "const answer: GoAnswer = { go: true };\n    void claims.markPublishing(claim, { baseline }, settings).catch(() => undefined);",
    ),
  ),
  bug(
    "missing fence",
    "an orchestrator that another one has followed goes on writing",
    edit("ledger/memory/handle.ts", "if (lost !== null) throw", "if (lost === undefined) throw"),
    edit("ledger/memory/runs.ts", "reigns: async () => handle.lostReign() === null", "reigns: async () => true"),
  ),
  bug(
    "release by age",
    "a dead worker's attempt is taken for not begun when it is older than a minute",
    edit(
      "run/recover.ts",
      "settleDead(attempt.reached,",
      'settleDead(clock.now() - attempt.startedAt > 60_000 ? "before" : attempt.reached,',
    ),
  ),
  bug(
    "verify without settling",
    "absent twice is believed however soon after the intent",
    edit("core/verify.ts", "facts.absentSince !== null && now >= settled", "facts.absentSince !== null"),
  ),
  bug(
    "day by UTC",
    "the day of a limit is UTC's, not the account's",
    edit(
      "calendar/temporal-calendar.ts",
      "dayOf: (at, zone) => dayAt(at, zone).day",
      'dayOf: (at) => dayAt(at, "UTC").day',
    ),
  ),
  bug(
    "one counter for two layers",
    "failures of unknown cause spend the budget of infrastructure",
    edit("core/retry.ts", 'charge: "unknown", hold: null };', 'charge: "infrastructure", hold: null };'),
  ),
  bug(
    "empty pass",
    "a pass begins with no job to try",
    edit(
      "run/run-passes.ts",
      'work.next === "none" && !state.isPassOpen ?',
      'work.next === "none" && state.pass > 50 ?',
    ),
  ),
  bug(
    "lost outbox",
    "an end in the outbox is dropped before it is settled",
    edit(
      "run/recover.ts",
      "const attempt = open.get(item.attempt);",
      "const attempt = open.get(item.attempt);\n    await outbox.drop(item.file);",
    ),
  ),
  bug(
    "double settle",
    "a second report of an ended attempt is taken like the first",
    edit(
      "ledger/memory/settle.ts",
      "if (attempt.fence !== ref.fence || attempt.account.inFlight !== attempt) return",
      "if (attempt.fence !== ref.fence) return",
    ),
  ),
  bug(
    "duplicates not checked at intent",
    "a job's media is compared with the account's posts when it is claimed, and never again",
    edit(
      "ledger/memory/claims.ts",
      "twin(attempt) ?? nowAgainst(tx, attempt, settings);",
      "nowAgainst(tx, attempt, settings);",
    ),
    edit("ledger/memory/claims.ts", "twin(attempt) ?? (attempt.asOpaque", "(attempt.asOpaque"),
  ),
  bug(
    "hold ignored",
    "an account's failure does not hold the account",
    edit(
      "core/retry.ts",
      'state: "failed" }, charge: null, hold };',
      'state: "failed" }, charge: null, hold: hold.cause === "" ? hold : null };',
    ),
  ),
  bug(
    "gap ignored",
    "--min-gap keeps half of its time",
    edit(
      "core/limits.ts",
      "later(facts.lastPostAt, limits.minGapMs)",
      "instant(facts.lastPostAt + limits.minGapMs / 2)",
    ),
  ),
  bug(
    "retry of unconfirmed",
    "an unconfirmed end is a failure of infrastructure",
    edit(
      "core/retry.ts",
      'case "unconfirmed":\n      return { ...free, job: { state: "unconfirmed" } };',
      'case "unconfirmed":\n      return { ...free, charge: "infrastructure", job: { state: "failed" } };',
    ),
  ),
  bug(
    "budget not restored in outage",
    "what the window of an outage cost is not given back",
    edit("ledger/memory/uncharge.ts", "if (charge !== null) job.spent", 'if (charge === "rateLimits") job.spent'),
  ),
  bug(
    "deferred lost",
    "a deferred job whose time has come stays deferred",
    edit(
      "ledger/memory/eligible.ts",
      '(place.state !== "deferred" && place.state !== "waiting")',
      'place.state !== "waiting"',
    ),
  ),
  bug(
    "late report accepted",
    "a late report of a failure makes an unconfirmed job pending",
    edit(
      "ledger/memory/settle.ts",
      'if (said.phase !== "posted") return "late";',
      'if (said.phase !== "posted") {\n    if (job.place.state === "unconfirmed") move(job, { state: "pending" });\n    return "late";\n  }',
    ),
  ),
  bug(
    "look counted once",
    "one absent look after the settling time is proof enough",
    edit("core/verify.ts", "facts.absentSince !== null && now >= settled", "now >= settled"),
  ),
  bug(
    "device lease not freed",
    "an attempt that ended keeps its phone",
    edit("ledger/memory/settle.ts", "if (attempt.device !== null) tx.store.devices.delete(attempt.device);", ""),
  ),
  bug(
    "pass counted for uncharged attempts",
    "a pass of uncharged attempts alone uses up its number",
    edit("run/run-passes.ts", "if (stats.jobs_processed === 0 && state.idlePasses++ === 0) return AGAIN;", ""),
  ),
  bug(
    "resume resets delay",
    "a restart in the delay waits for all of it again",
    edit(
      "run/run-passes.ts",
      "await waitForPass(p, state, wait);\n  } else",
      "await waitForPass(p, state, { ...wait, until: later(p.clock.now(), p.settings.passes.delayMs) });\n  } else",
    ),
  ),
  bug(
    "unconfirmed not in the limit",
    "an unconfirmed post leaves room for another on its day",
    edit(
      "ledger/memory/posts.ts",
      "postsToday: posts.filter((p) => dayOf",
      'postsToday: posts.filter((p) => p.state !== "unconfirmed" && dayOf',
    ),
  ),
  bug(
    "silent crash retried",
    "a dead silent poster's attempt is taken for not begun",
    edit("core/settle-end.ts", 'if (reached !== "before") {', 'if (reached === "publishing") {'),
  ),
  bug(
    "own crash charged",
    "an attempt that our own death ended costs its job a retry",
    edit(
      "core/settle-end.ts",
      'return decideSettlement({ phase: "cancelled", reason: "own_crash" }, spent, now);',
      'return { ...decideSettlement({ phase: "cancelled", reason: "own_crash" }, spent, now), charge: "infrastructure" };',
    ),
  ),
  bug(
    "two jobs of an account at once",
    "an account that posts is given another job",
    edit("ledger/memory/eligible.ts", "account.inFlight !== null || passedOver", "passedOver"),
  ),
  bug(
    "clock set back gives a day twice",
    "the day of a limit goes back with the clock",
    edit(
      "core/limits.ts",
      "return newest !== null && newest > today ? newest : today;",
      "return newest === null ? today : today;",
    ),
  ),
];
