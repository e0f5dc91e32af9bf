// accounts list, hold, release.
import type { Command } from "commander";
import { RepriseError } from "../../core/errors.ts";
import type { AccountView } from "../../ledger/ledger.ts";
import { harmless } from "../../report/harmless.ts";
import { count, tellingTable } from "../../report/words.ts";
import { agreed, type Bench, type Call, does, say, sayJson, withLedger } from "../cli.ts";
import { documented } from "../help.ts";
import { findAccount, onPlatform, sayReleased } from "./account-named.ts";
import {
  ACCOUNT_COLUMNS,
  ACCOUNT_STATES,
  type AccountState,
  accountJson,
  accountRow,
  accountStates,
  byNeed,
  DULL,
  standingOf,
} from "./account-words.ts";
import { BY } from "./change-jobs.ts";
import { addRepairCommand } from "./repair.ts";

type Flags = { platform?: string; reason?: string; force?: boolean };

export function addAccountCommands(program: Command, bench: Bench): void {
  const accounts = program.command("accounts");
  documented(accounts, {
    about: "who can post, who is held and why",
    examples: [
      ["accounts list", "all of them"],
      ["accounts release ana", "she logged in again"],
    ],
  });

  const list = accounts.command("list").option("--status <S>", `${ACCOUNT_STATES.join(", ")}; several with commas`);
  documented(list, {
    about: "who needs you and why, then limits, windows and what is due",
    examples: [
      ["accounts list --status held,ready_for_review", "whom to look after"],
      ["accounts list --json", "one account a line"],
    ],
  });
  does<{ status?: string }>(list, bench, (call, _words, flags) => listAccounts(call, flags));

  const hold = onPlatform(accounts.command("hold")).option("--reason <TEXT>", "why; shown to whoever releases it");
  documented(hold, {
    about: "let nothing be posted to it until it is released",
    examples: [["accounts hold ana --reason 'new phone'", ""]],
  });
  does<Flags>(hold, bench, (call, [name = ""], flags) => holdAccount(call, name, flags));

  const release = onPlatform(accounts.command("release")).option("--force", "before its cooldown is over");
  documented(release, {
    about: "let it post again; its held jobs become pending",
    examples: [["accounts release ana", ""]],
  });
  does<Flags>(release, bench, (call, [name = ""], flags) => releaseAccount(call, name, flags));
  addRepairCommand(accounts, bench);
}

async function listAccounts(call: Call, { status }: { status?: string }): Promise<number> {
  const wanted = status === undefined ? null : accountStates(status);
  const { stateDir } = call.resolved;
  const ledger = await call.cli.compose.openLedger(stateDir, "existing");
  let all: AccountView[] = [];
  try {
    const { settings } = await call.cli.compose.effectiveSettings(call.resolved);
    all = ((await ledger?.accounts.list(settings)) ?? []).sort(byNeed);
  } finally {
    await ledger?.close();
  }
  const shown = all.filter((a) => wanted === null || wanted.includes(standingOf(a)));
  if (call.json) for (const account of shown) sayJson(call, "account", accountJson(account));
  else say(call, accountLines(call, all, shown));
  return 0;
}

function accountLines(call: Call, all: readonly AccountView[], shown: readonly AccountView[]): string[] {
  if (all.length === 0) return ["No accounts yet."];
  if (shown.length === 0) return ["No such accounts."];
  const zone = call.resolved.settings.limits.timezone;
  const rows = shown.map((a) => accountRow(a, Date.now()));
  return [...needs(call, all), ...tellingTable(ACCOUNT_COLUMNS, rows, { ...DULL, ZONE: zone })];
}

/** Who has to do something, and what. */
function needs({ style: { prefix } }: Call, all: readonly AccountView[]): string[] {
  const of = (state: AccountState) => all.filter((a) => standingOf(a) === state).length;
  const [ready, held, unconfirmed] = [of("ready_for_review"), of("held"), of("unconfirmed")];
  const parts: string[] = [];
  if (ready > 0) parts.push(`${ready} ready for review (cooldown over: look, then ${prefix} accounts release NAME)`);
  if (held > 0)
    parts.push(`${held} held (put right what it says: ${prefix} accounts repair NAME, or do it and release NAME)`);
  if (unconfirmed > 0) parts.push(`${unconfirmed} with posts that may be live (${prefix} verify)`);
  if (parts.length === 0) return [`No account needs you; ${count(all.length, "account")}.`];
  const n = ready + held + unconfirmed;
  return [`${n} of ${count(all.length, "account")} ${n === 1 ? "needs" : "need"} you:`, ...parts.map((p) => `  ${p}`)];
}

async function holdAccount(call: Call, name: string, flags: Flags): Promise<number> {
  return withLedger(call, async (ledger) => {
    const account = await findAccount(ledger, name, flags.platform);
    if (
      !(await agreed(call, {
        what: `hold account ${harmless(name)} with ${count(account.pending + account.deferred, "open job")}`,
      }))
    )
      return 0;
    const jobs = (await ledger.accounts.hold(account, BY, flags.reason ?? "held by a person"))?.jobs ?? 0;
    if (call.json) sayJson(call, "account.held", { account: name, platform: account.platform, jobs_held: jobs });
    else
      say(call, [
        `Account ${harmless(name)} is held, ${count(jobs, "job")} with it. Undo: ${call.style.prefix} accounts release ${harmless(name)}`,
      ]);
    return 0;
  });
}

async function releaseAccount(call: Call, name: string, flags: Flags): Promise<number> {
  return withLedger(call, async (ledger) => {
    const account = await findAccount(ledger, name, flags.platform);
    if (account.hold === null) throw new RepriseError("usage", `account ${name}: it is not held`);
    const what = `release account ${harmless(name)} with ${count(account.held, "held job")}`;
    const question = flags.force === true ? { what: `${what} before its cooldown is over`, typed: name } : { what };
    if (!(await agreed(call, question))) return 0;
    const released = await ledger.accounts.release(account, BY, flags.force === true);
    if (released === null) throw new RepriseError("usage", `account ${name}: is not known any more`);
    if (!released.released) throw new RepriseError("usage", `account ${name}: ${released.why}`);
    sayReleased(call, account, released.jobs);
    return 0;
  });
}
