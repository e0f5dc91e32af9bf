// accounts list, hold, release.
import type { Command } from "commander";
import { RepriseError } from "../../core/errors.ts";
import type { AccountView, Ledger } from "../../ledger/ledger.ts";
import { harmless } from "../../report/harmless.ts";
import { count, moment, table } from "../../report/words.ts";
import { agreed, type Bench, type Call, does, say, sayJson, withLedger } from "../cli.ts";
import { documented } from "../help.ts";
import { BY } from "./change-jobs.ts";

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

  const list = accounts.command("list");
  documented(list, {
    about: "all accounts with hold, limit and open jobs",
    examples: [["accounts list --json", "one account a line"]],
  });
  does(list, bench, listAccounts);

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
}

const onPlatform = (command: Command) =>
  command.argument("<ACCOUNT>").option("--platform <P>", "where the name is used on several");

async function listAccounts(call: Call): Promise<number> {
  const ledger = await call.cli.compose.openLedger(call.resolved.stateDir, "existing");
  const all = (await ledger?.accounts.list()) ?? [];
  await ledger?.close();
  if (call.json) for (const account of all) sayJson(call, "account", accountJson(account));
  else if (all.length === 0) say(call, ["No accounts yet."]);
  else
    say(
      call,
      table([
        ["ACCOUNT", "PLATFORM", "STATE", "TODAY", "LAST POST", "PENDING", "HELD", "UNCONFIRMED", "WHY"],
        ...all.map(accountRow),
      ]),
    );
  return 0;
}

function accountJson(a: AccountView): object {
  const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());
  const hold =
    a.hold === null
      ? null
      : {
          cause: a.hold.cause,
          reason: a.hold.reason,
          by: a.hold.by,
          at: iso(a.hold.at),
          cooldown_until: iso(a.hold.cooldownUntil),
        };
  return {
    account: a.name,
    platform: a.platform,
    state: a.state,
    hold,
    posts_today: a.postsToday,
    daily_limit: a.settings.dailyLimit,
    last_post_at: iso(a.lastPostAt),
    pending: a.pending,
    held: a.held,
    unconfirmed: a.unconfirmed,
  };
}

function accountRow(a: AccountView): string[] {
  const limit = a.settings.dailyLimit === null ? "" : `/${a.settings.dailyLimit}`;
  const cooldown = a.hold === null || a.hold.cooldownUntil === null ? "" : `, until ${moment(a.hold.cooldownUntil)}`;
  const why = a.hold === null ? "" : `${harmless(a.hold.cause)}${cooldown}`;
  const last = a.lastPostAt === null ? "never" : moment(a.lastPostAt);
  const numbers = [a.pending, a.held, a.unconfirmed].map(String);
  return [
    harmless(a.name),
    harmless(a.platform),
    a.state.replaceAll("_", " "),
    `${a.postsToday}${limit}`,
    last,
    ...numbers,
    why,
  ];
}

/** The account meant; a name on several platforms has to be told apart. */
async function find(ledger: Ledger, name: string, platform: string | undefined): Promise<AccountView> {
  const named = (await ledger.accounts.list()).filter(
    (a) => a.name === name && (platform === undefined || a.platform === platform),
  );
  const [first, second] = named;
  if (first === undefined)
    throw new RepriseError("usage", `account ${name}: not known here. All: reprise accounts list`);
  if (second !== undefined)
    throw new RepriseError(
      "usage",
      `account ${name}: on ${named.map((a) => a.platform).join(" and ")}; add --platform`,
    );
  return first;
}

async function holdAccount(call: Call, name: string, flags: Flags): Promise<number> {
  return withLedger(call, async (ledger) => {
    const account = await find(ledger, name, flags.platform);
    if (!(await agreed(call, { what: `hold account ${harmless(name)} with ${count(account.pending, "open job")}` })))
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
    const account = await find(ledger, name, flags.platform);
    const what = `release account ${harmless(name)} with ${count(account.held, "held job")}`;
    const question = flags.force === true ? { what: `${what} before its cooldown is over`, typed: name } : { what };
    if (!(await agreed(call, question))) return 0;
    const released = await ledger.accounts.release(account, BY, flags.force === true);
    if (released === null) throw new RepriseError("usage", `account ${name}: is not known any more`);
    if (!released.released) throw new RepriseError("usage", `account ${name}: ${released.why}`);
    if (call.json)
      sayJson(call, "account.released", { account: name, platform: account.platform, jobs_released: released.jobs });
    else say(call, [`Account ${harmless(name)} may post again; ${count(released.jobs, "job")} released.`]);
    return 0;
  });
}
