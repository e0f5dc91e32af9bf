// causes list, show, resolve: failures by what brought them about. (acting on their jobs: jobs.ts, --cause)
import type { Command } from "commander";
import { RepriseError } from "../../core/errors.ts";
import { causeId } from "../../core/ids.ts";
import type { CampaignLedger, CauseView } from "../../ledger/ledger.ts";
import { causeDetail, causeJson, causeTable } from "../../report/causes.ts";
import { harmless } from "../../report/harmless.ts";
import { count } from "../../report/words.ts";
import { agreed, type Bench, type Call, does, say, sayJson, withLedger } from "../cli.ts";
import { documented } from "../help.ts";
import { BY } from "./change-jobs.ts";
import { limitOf } from "./job-words.ts";

type Flags = { all?: boolean; limit?: string };

export function addCauseCommands(program: Command, bench: Bench): void {
  const causes = program.command("causes");
  documented(causes, {
    about: "failures by what brought them about: one line a cause",
    examples: [
      ["causes list", "what jobs fail of now, and in the last run"],
      ["causes show c7f3k9m2", "whom it met, and its newest failures"],
      ["jobs retry --cause c7f3k9m2", "its jobs, after a look at the list"],
      ["causes resolve c7f3k9m2 --note 'new cable'", "if it comes back, you are told"],
    ],
  });
  const list = causes
    .command("list")
    .option("--all", "also those of earlier runs, newest first")
    .option("--limit <N>", "at most so many (20)");
  documented(list, {
    about: "causes that jobs stand with, then those of the last run",
    examples: [["causes list --all", ""]],
  });
  does<Flags>(list, bench, (call, _words, flags) => listCauses(call, flags));

  const show = causes.command("show").argument("<CAUSE>");
  documented(show, { about: "one cause with its newest failures", examples: [["causes show c7f3k9m2", ""]] });
  does(show, bench, (call, [id = ""]) => showCause(call, id));

  const resolve = causes.command("resolve").argument("<CAUSE>").option("--note <TEXT>", "what was done");
  documented(resolve, {
    about: "you put it right; if it comes back it shows as regressed",
    examples: [["causes resolve c7f3k9m2 --note 'new cable'", ""]],
  });
  does<{ note?: string }>(resolve, bench, (call, [id = ""], flags) => resolveCause(call, id, flags.note ?? null));
}

const SHOWN = 20;
const ALL = 1_000_000;
const PAGE = 200;
const SAMPLES = 5;

async function listCauses(call: Call, { all, limit }: Flags): Promise<number> {
  const most = limit === undefined ? (call.json ? ALL : SHOWN) : limitOf(limit);
  const ledger = await call.cli.compose.openLedger(call.resolved.stateDir, "existing");
  try {
    const views = ledger?.campaign(call.resolved.campaign).views;
    const causes = views === undefined ? [] : await (all === true ? book(views, most + 1) : views.causes(most + 1));
    const shown = causes.slice(0, most);
    if (call.json) for (const cause of shown) sayJson(call, "cause", causeJson(cause));
    else say(call, listLines(call, shown, causes.length > most));
  } finally {
    await ledger?.close();
  }
  return 0;
}

function listLines(call: Call, shown: readonly CauseView[], isMore: boolean): string[] {
  if (shown.length === 0) return [`No causes: nothing failed. Earlier runs: ${call.style.prefix} causes list --all`];
  return [...causeTable(shown), ...(isMore ? [`... and more: --limit N, or --json for all`] : [])];
}

async function book(views: CampaignLedger["views"], most: number): Promise<CauseView[]> {
  const all: CauseView[] = [];
  for (let after: string | null = null; ; ) {
    const page: Awaited<ReturnType<typeof views.causeBook>> = await views.causeBook({
      limit: Math.min(PAGE, most),
      after,
    });
    all.push(...page.causes);
    after = page.next;
    if (after === null || all.length >= most) return all;
  }
}

const unknown = (id: string) => new RepriseError("usage", `no such cause: ${id}. All: reprise causes list --all`);

async function showCause(call: Call, id: string): Promise<number> {
  const found = await withLedger(call, (_ledger, campaign) => campaign.views.cause(causeId(id), SAMPLES));
  if (found === null) throw unknown(id);
  const { cause, samples } = found;
  if (call.json) {
    const seen = samples.map(({ at, ...same }) => ({ ...same, at: new Date(at).toISOString() }));
    sayJson(call, "cause", { ...causeJson(cause), samples: seen });
  } else say(call, causeDetail(cause, samples, call.style.prefix));
  return 0;
}

async function resolveCause(call: Call, id: string, note: string | null): Promise<number> {
  return withLedger(call, async (_ledger, { views, desk }) => {
    const found = await views.cause(causeId(id), 0);
    if (found === null) throw unknown(id);
    const { cause } = found;
    if (!(await agreed(call, { what: `call cause ${id} resolved (${count(cause.failures, "failure")})` }))) return 0;
    if (!(await desk.resolveCause(cause.id, BY, note)))
      throw new RepriseError("usage", `cause ${id}: it is resolved already`);
    if (call.json) sayJson(call, "cause.resolved", { cause: id, note });
    else {
      const left = cause.jobs === 0 ? "" : ` Its jobs: ${call.style.prefix} jobs retry --cause ${harmless(id)}`;
      say(call, [`Cause ${harmless(id)} is resolved; if it comes back it shows as regressed.${left}`]);
    }
    return 0;
  });
}
