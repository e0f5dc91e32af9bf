// The flags of the Python program that reprise follows, read as commands of ours. Pure.
import { OPTION_LIST, OPTIONS } from "../config/options.ts";
import { nearest } from "../core/nearest.ts";
import { err, ok, type Result } from "../core/result.ts";

/** A command of ours. `isPreparation`: only where there is a ledger, and its exit code does not count. */
export type NewCommand = { args: string[]; isPreparation: boolean };
export type OldForm = { help: boolean; commands: NewCommand[]; notes: string[] };

/** What an old command line asks for; all else are flags that the new form has too. */
const SWITCHES = [
  "--run",
  "--status",
  "--show-config",
  "--stop-all",
  "--seed-only",
  "--retry-all-failed",
  "--retry-include-non-retryable",
  "--reset-day",
  "--help",
] as const;
type Switch = (typeof SWITCHES)[number];

/** Said of a flag whose meaning is not quite the old one. */
const NOTES: Partial<Record<Switch, string>> = {
  "--reset-day":
    "--reset-day gives no daily limit back: posts made today count today. Another limit: --daily-limit N (0 = none)",
  "--retry-include-non-retryable":
    "--retry-include-non-retryable leaves jobs of held accounts and unconfirmed posts alone: reprise accounts release, reprise verify",
};

/** The Python program's job file, where none is named. */
const OLD_STATE_FILE = "scheduler_state.json";

/**
 * Reads an old command line.
 *
 * @param isFile  whether there is such a file in the working folder
 * @returns the commands that do the same, in order; the error is one line that names the flag
 */
export function readOldForm(args: readonly string[], isFile: (name: string) => boolean): Result<OldForm, string> {
  const read = readFlags(args);
  if (!read.ok) return read;
  const { asked, given } = read.value;
  const has = (name: Switch) => asked.has(name);
  if (has("--help") || args.length === 0) return ok({ help: true, commands: [], notes: [] });
  if (has("--stop-all") && (has("--run") || has("--seed-only"))) {
    return err("--stop-all does not go with --run or --seed-only: give one");
  }
  const commands = commandsOf(has, given, isFile);
  if (commands.length === 0) {
    return err("what to do? Give --run, --status, --show-config, --seed-only or --stop-all. See --help");
  }
  const notes = SWITCHES.flatMap((name) => (has(name) ? (NOTES[name] ?? []) : []));
  return ok({ help: false, commands, notes });
}

/** A flag of the new form as it was given. */
type Given = { key: string; flag: string; scope: "global" | "run"; value: string | null };
type Flags = { asked: Set<Switch>; given: Given[] };

function readFlags(args: readonly string[]): Result<Flags, string> {
  const flags: Flags = { asked: new Set(), given: [] };
  for (let i = 0; i < args.length; ) {
    const taken = readOne(flags, args.slice(i));
    if (!taken.ok) return taken;
    i += taken.value;
  }
  return ok(flags);
}

/** Reads the first word with what belongs to it. @returns how many words that were */
function readOne(flags: Flags, [word = "", ...rest]: readonly string[]): Result<number, string> {
  const cut = word.startsWith("--") ? word.indexOf("=") : -1;
  const name = cut === -1 ? word : word.slice(0, cut);
  const asked = SWITCHES.find((s) => s === name || (s === "--help" && name === "-h"));
  if (asked !== undefined) {
    flags.asked.add(asked);
    return cut === -1 ? ok(1) : err(`${name} takes no value`);
  }
  const option = OPTION_LIST.find((o) => o.flag === name || o.short === name);
  if (option === undefined) return err(unknown(word, name));
  const given = { key: option.key, flag: option.flag ?? name, scope: option.scope };
  const value = cut === -1 ? valueIn(option, rest) : { value: word.slice(cut + 1), words: 0 };
  if (value === null) return err(`${name}: needs a value. See --help`);
  flags.given.push({ ...given, value: value.value });
  return ok(1 + value.words);
}

function unknown(word: string, name: string): string {
  if (!word.startsWith("-")) return `${word}: belongs to no flag. A job file is named with --state-file ${word}`;
  const known = [...SWITCHES, ...OPTION_LIST.flatMap((o) => o.flag ?? [])];
  const meant = nearest(name, known);
  return `${name}: unknown flag. ${meant === null ? "See --help" : `Did you mean ${meant}?`}`;
}

function valueIn(
  option: (typeof OPTION_LIST)[number],
  rest: readonly string[],
): { value: string | null; words: number } | null {
  if (option.argument === null) return { value: null, words: 0 };
  const [first] = rest;
  if (option.argument.startsWith("[") && (first === undefined || first.startsWith("-")))
    return { value: null, words: 0 };
  if (first === undefined) return null;
  if (option.key !== "accounts") return { value: first, words: 1 };
  // the old program took `--accounts a b c` too
  const end = rest.findIndex((word) => word.startsWith("-"));
  const names = rest.slice(0, end === -1 ? rest.length : Math.max(1, end));
  return { value: names.join(","), words: names.length };
}

function commandsOf(
  has: (name: Switch) => boolean,
  given: readonly Given[],
  isFile: (name: string) => boolean,
): NewCommand[] {
  const withFile = withStateFile(given, isFile);
  const everywhere = given.filter((g) => g.scope === "global");
  const taking = given.filter((g) => g.scope === "global" || g.key === "mediaMap" || g.key === "skipBad");
  const showsStanding = has("--status") || (has("--run") && has("--show-config"));
  const showsSettings = has("--show-config") || (has("--run") && has("--status"));
  const failed = (...choice: string[]) => command(["jobs", "retry", ...choice], everywhere);
  if (has("--stop-all")) return [command(["stop"], everywhere), command(["sweep"], everywhere)];
  if (showsStanding || showsSettings) {
    return [
      ...(showsSettings ? [command(["config"], given)] : []),
      ...(showsStanding ? [command(["status"], everywhere)] : []),
    ];
  }
  if (has("--seed-only")) {
    const file = withFile.find((g) => g.key === "stateFile")?.value;
    return [command(["import", file ?? OLD_STATE_FILE], taking)];
  }
  const all = has("--retry-include-non-retryable");
  if (has("--run")) {
    const retry = all || has("--retry-all-failed") ? ["--retry-all-failed"] : [];
    const first = all ? [{ ...failed("--status", "failed"), isPreparation: true }] : [];
    return [...first, command(["run", ...retry], withFile)];
  }
  if (all) return [failed("--status", "failed")];
  if (has("--retry-all-failed")) return [failed("--category", "infrastructure"), failed("--category", "unknown")];
  return has("--reset-day") ? [command(["status"], everywhere)] : [];
}

function withStateFile(given: readonly Given[], isFile: (name: string) => boolean): readonly Given[] {
  if (given.some((g) => g.key === "stateFile") || !isFile(OLD_STATE_FILE)) return given;
  const flag = OPTIONS.stateFile.flag ?? "";
  return [...given, { key: "stateFile", flag, scope: "run", value: OLD_STATE_FILE }];
}

function command(words: readonly string[], given: readonly Given[]): NewCommand {
  const flags = given.flatMap((g) => (g.value === null ? [g.flag] : [g.flag, g.value]));
  return { args: [...words, ...flags], isPreparation: false };
}

/** As it may be typed into a shell: `reprise run --workers 2`. */
export function typed({ args }: NewCommand): string {
  const quoted = args.map((a) => (/^[\w@%+=:,./-]+$/.test(a) ? a : `'${a.replaceAll("'", "'\\''")}'`));
  return ["reprise", ...quoted].join(" ");
}

/** Every old flag, for the help page; the guide says more of each. */
export const OLD_HELP = `parallel-orchestrator: the flags of the Python program, for scripts that have them; reprise --help is the new form

What to do                       is now
  --run                          reprise run
  --status                       reprise status; beside --run also reprise config, and nothing is run
  --show-config                  reprise config; beside --run also reprise status, and nothing is run
  --seed-only                    reprise import FILE
  --stop-all                     reprise stop; reprise sweep
  --retry-all-failed             with --run: reprise run --retry-all-failed; alone: reprise jobs retry
  --retry-include-non-retryable  the same, content failures too; never held accounts or unconfirmed posts
  --reset-day                    gives no daily limit back; posts made today count today

Options
  --workers N                    phones in parallel [3]
  --state-file FILE              job file [${OLD_STATE_FILE}, if there is one]
  --accounts A,B,C               accounts that take part
  --max-passes N                 most passes of one run [3]
  --retry-delay T                pause between passes, in seconds [30]
  --infra-retry-limit N          retries per job after failures of phone, network or provider [3]
  --no-retry-unknown             do not retry failures of unknown cause
  --force-kill-ports             end a foreign listener on a port that phones need, and say whom
  --campaign NAME                name of the campaign [default]
  and every flag of reprise run, such as --exec CMD (or REPRISE_EXEC): the command that posts one job

Old and new, flag by flag: docs/guide/coming-from-python.md
`;
