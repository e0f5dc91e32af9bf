// accounts repair: a held account's phone, for a person who puts right what held it.
import type { Command } from "commander";
import { parseDuration } from "../../config/duration.ts";
import type { Checkup } from "../../core/check.ts";
import { RepriseError } from "../../core/errors.ts";
import type { AccountView } from "../../ledger/ledger.ts";
import { harmless } from "../../report/harmless.ts";
import { moment } from "../../report/words.ts";
import { agreed, type Bench, type Call, does, sayJson, withLedger } from "../cli.ts";
import type { RepairEnd } from "../compose.ts";
import { exitCodeOfStop } from "../exit-codes.ts";
import { addFlags } from "../flags.ts";
import { documented } from "../help.ts";
import { findAccount, onPlatform, sayReleased } from "./account-named.ts";
import { BY } from "./change-jobs.ts";
import { repairJson, repairLines, seenLine } from "./repair-words.ts";

type Flags = { platform?: string; device?: string; wait?: string; force?: boolean };

/** The hold stays: as of a run whose jobs are held. */
const STILL_HELD = 8;

export function addRepairCommand(accounts: Command, bench: Bench): void {
  const repair = onPlatform(accounts.command("repair"))
    .option("--device <PHONE>", "on this phone; left out: the one that it is bound to")
    .option("--wait <T>", "look at it after this time at the latest; without a terminal it has to be given")
    .option("--force", "though its cooldown is not over");
  addFlags(repair, "run", ["devices", "exec", "poster", "checkExec", "attemptTimeout", "rules"]);
  documented(repair, {
    about: "switch a held account's phone on, wait for you, look, and release the account if it is well",
    examples: [
      ["accounts repair ana", "your poster looks afterwards: --poster FILE with a check, or --check-exec"],
      ["accounts repair ana --check-exec same --exec ./poster.sh", "one that answers REPRISE_ACTION=check"],
      ["accounts repair ana --wait 15m --json", "for a script: a person has so long"],
    ],
    more: [
      "The phone is given back whatever happens. Exit 0: released; 8: the hold stays; 20: the phone can't be had.",
    ],
  });
  does<Flags>(repair, bench, (call, [name = ""], flags) => repairAccount(call, name, flags));
}

async function repairAccount(call: Call, name: string, flags: Flags): Promise<number> {
  const waitMs = waitOf(call, flags.wait);
  const account = await withLedger(call, (ledger) => findAccount(ledger, name, flags.platform));
  refuseUnready(account, flags.force === true);
  const device = deviceOf(call, account, flags.device);
  const what = `switch phone ${harmless(device)} on to repair account ${harmless(name)}`;
  if (!(await agreed(call, { what }))) return 0;
  const { cli, resolved } = call;
  const end = await cli.compose.repairMain({
    resolved,
    account,
    device,
    force: flags.force === true,
    by: BY,
    stop: cli.stops(),
    tell(news) {
      if (call.json) sayJson(call, `repair.${news.type}`, repairJson(account, news));
      else
        cli.terminal.err(
          repairLines(account, news)
            .map((line) => `${line}\n`)
            .join(""),
        );
    },
    done: (stop) => waitForPerson(call, { name, waitMs, stop }),
    judge: (stop) => askPerson(call, name, stop),
  });
  return tellEnd(call, account, end);
}

/** A phone is held, and may cost, all the while. */
const LONGEST_WAIT_MS = 7 * 86_400_000;

/** `null`: for as long as the person likes. */
function waitOf({ cli, may }: Call, text: string | undefined): number | null {
  const wait = text === undefined ? null : parseDuration(text);
  if (text !== undefined && wait === null)
    throw new RepriseError("usage", `--wait is "${text}": must be a time, such as 15m; 0 looks at once`);
  if (wait !== null && wait > LONGEST_WAIT_MS) throw new RepriseError("usage", `--wait is "${text}": at most 7d`);
  if (wait === null && !(cli.terminal.isInteractive && may.input))
    throw new RepriseError("usage", "--wait: needed without a terminal: how long a person has, such as 15m");
  return wait;
}

/** Before any phone is switched on: that costs. */
function refuseUnready({ name, hold }: AccountView, force: boolean): void {
  if (hold === null)
    throw new RepriseError(
      "usage",
      `account ${name}: it is not held, so there is nothing to repair (reprise accounts list)`,
    );
  if (hold.cooldownUntil !== null && hold.cooldownUntil > Date.now() && !force) {
    const until = moment(hold.cooldownUntil);
    throw new RepriseError(
      "usage",
      `account ${name}: ${hold.cause}, cooldown until ${until}: leave it alone, or --force`,
    );
  }
}

function deviceOf({ resolved }: Call, { name, platform, settings }: AccountView, named: string | undefined): string {
  const known = resolved.settings.knownAccounts.find((a) => a.name === name && a.platform === platform);
  const device = named ?? known?.device ?? settings.device;
  if (device !== null && device !== undefined) return device;
  throw new RepriseError(
    "usage",
    `account ${name}: is bound to no phone; name one with --device (reprise devices list)`,
  );
}

type Waiting = { name: string; waitMs: number | null; stop: AbortSignal };

async function waitForPerson({ cli, may }: Call, { name, waitMs, stop }: Waiting): Promise<"done" | null> {
  const over = waitMs === null ? stop : AbortSignal.any([stop, AbortSignal.timeout(waitMs)]);
  if (!(cli.terminal.isInteractive && may.input)) {
    await fired(over);
    return stop.aborted ? null : "done";
  }
  const question = `Press Enter when ${harmless(name)} is well. (Ctrl+C: give the phone back, the hold stays.) `;
  const answer = await cli.terminal.ask(question, over);
  if (stop.aborted) return null;
  return answer === null && !over.aborted ? null : "done";
}

/** A signal alone would not keep this process alive. */
async function fired(signal: AbortSignal): Promise<void> {
  const alive = setInterval(() => {}, 60_000);
  while (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  clearInterval(alive);
}

/** No poster can be asked. */
async function askPerson({ cli, may }: Call, name: string, stop: AbortSignal): Promise<Checkup> {
  if (!(cli.terminal.isInteractive && may.input))
    return { is: "untold", why: "no poster can be asked: --check-exec, or --poster with a check" };
  const answer = await cli.terminal.ask(`May ${harmless(name)} post again? No poster can be asked. [y/N] `, stop);
  if (answer !== null && /^(y|yes)$/i.test(answer.trim())) return { is: "fine" };
  return { is: "untold", why: "nobody said that it may post again" };
}

function tellEnd(call: Call, account: AccountView, end: RepairEnd): number {
  const { cli, style } = call;
  const name = harmless(account.name);
  const warn = (text: string) => cli.terminal.err(`${text}\n`);
  if (end.isStillOn) warn(`warning: the phone was told to stop and is still on: ${style.prefix} sweep stops it`);
  const { seen, released } = end;
  if (released !== null && "jobs" in released) {
    sayReleased(call, account, released.jobs);
    return 0;
  }
  if (seen === null) warn(`The phone is given back. Account ${name} is held as before.`);
  else if (released !== null) warn(`Account ${name} is held as before: ${harmless(released.refused)}`);
  else warn(`Account ${name} is held as before: ${seenLine(seen)}. Again: ${style.prefix} accounts repair ${name}`);
  if (seen === null) return exitCodeOfStop(end.stoppedBy ?? "SIGINT");
  return STILL_HELD;
}
