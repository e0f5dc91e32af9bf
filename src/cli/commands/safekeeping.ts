// backup, restore: a copy of the ledger, and back.
import type { Command } from "commander";
import { harmless } from "../../report/harmless.ts";
import { count } from "../../report/words.ts";
import { agreed, type Bench, type Call, does, say, sayJson } from "../cli.ts";
import { documented } from "../help.ts";

export function addSafekeepingCommands(program: Command, bench: Bench): void {
  const backup = program.command("backup").argument("<FILE>");
  does(backup, bench, keep);
  documented(backup, {
    about: "copy the ledger into a new file, also while a run goes on; the copy is checked",
    examples: [["backup /backups/reprise-monday.db", "every night, from cron"]],
  });

  const restore = program.command("restore").argument("<FILE>");
  does(restore, bench, bringBack);
  documented(restore, {
    about: "put a backup in the ledger's place; the ledger that is there is kept beside it",
    examples: [
      ["restore /backups/reprise-monday.db", "after damage; posts made since then are not known to it"],
      ["restore .reprise/ledger.db", "take a ledger whose log is lost as it is"],
    ],
    more: [
      "Refused while any campaign runs. Before the next run, look at what was posted since the backup: jobs mark-posted.",
    ],
  });
}

const iso = (at: number | null) => (at === null ? "nothing" : new Date(at).toISOString());

async function keep(call: Call, [file = ""]: string[]): Promise<number> {
  const kept = await call.cli.compose.backupMain({ resolved: call.resolved, file });
  if (call.json)
    sayJson(call, "backup", {
      file: kept.file,
      bytes: kept.bytes,
      newest_at: kept.newestAt === null ? null : iso(kept.newestAt),
    });
  else say(call, [`${harmless(kept.file)}: ${kept.bytes} bytes, sound, newest entry ${iso(kept.newestAt)}.`]);
  return 0;
}

async function bringBack(call: Call, [file = ""]: string[]): Promise<number> {
  const what = `put ${file} in the ledger's place: what was posted since then may be posted again`;
  if (!(await agreed(call, { what, typed: "restore" }))) return 0;
  const { newestAt, aside, unknownPosts, left } = await call.cli.compose.restoreMain({ resolved: call.resolved, file });
  if (call.json) {
    sayJson(call, "restore", {
      file,
      newest_at: newestAt === null ? null : iso(newestAt),
      aside,
      unknown_posts: unknownPosts,
      outbox_aside: left?.aside ?? null,
      outbox_posts: left?.posts ?? [],
    });
    return 0;
  }
  const lines = [`Restored: newest entry ${iso(newestAt)}.`];
  if (aside !== null) lines.push(`The ledger that was there: ${harmless(aside)}.`);
  if (unknownPosts === null) lines.push("It can't be read: look at the accounts before the next run.");
  else if (unknownPosts > 0)
    lines.push(
      `It knows of ${count(unknownPosts, "post")} made since: mark those jobs before the next run: ${call.style.prefix} jobs mark-posted JOB`,
    );
  if (left !== null) lines.push(...aboutOutbox(left, call.style.prefix));
  say(call, lines);
  return 0;
}

/** Ends that no ledger has taken up: those of posts are for a person. */
function aboutOutbox({ aside, posts }: { aside: string; posts: string[] }, prefix: string): string[] {
  const lines = [`Ends of attempts that no run had taken up: ${harmless(aside)}.`];
  if (posts.length > 0) {
    const named = posts.map(harmless).join(", ");
    lines.push(`Posted by them, or perhaps posted: ${named}: look, and mark what is: ${prefix} jobs mark-posted JOB`);
  }
  return lines;
}
