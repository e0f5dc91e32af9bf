// Commands about one account: which is meant, and what is said when it is released.
import type { Command } from "commander";
import { RepriseError } from "../../core/errors.ts";
import type { AccountView, Ledger } from "../../ledger/ledger.ts";
import { harmless } from "../../report/harmless.ts";
import { count } from "../../report/words.ts";
import { type Call, say, sayJson } from "../cli.ts";

export const onPlatform = (command: Command) =>
  command.argument("<ACCOUNT>").option("--platform <P>", "where the name is used on several");

/** The account meant; a name on several platforms has to be told apart. */
export async function findAccount(ledger: Ledger, name: string, platform: string | undefined): Promise<AccountView> {
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

export function sayReleased(
  call: Call,
  { name, platform }: Pick<AccountView, "name" | "platform">,
  jobs: number,
): void {
  if (call.json) {
    sayJson(call, "account.released", { account: name, platform, jobs_released: jobs });
    return;
  }
  say(call, [
    `Account ${harmless(name)} may post again; ${count(jobs, "job")} went back to pending (its limit and window still count).`,
    `What failed for its sake is tried again only if you say so: ${call.style.prefix} jobs retry --account ${harmless(name)} --category account`,
  ]);
}
