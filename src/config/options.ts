// Every setting there is: one table drives flags, environment, config file, defaults and help.
import { minutes, seconds } from "../core/ids.ts";
import * as p from "./parsers.ts";

type OptionGroup = "poster" | "passes" | "limits" | "accounts" | "stopping" | "devices" | "output" | "general";

export type Option<T, Standard extends string | null> = {
  /** Long flag, `--no-...` where giving it turns something off; `null`: config file only. */
  flag: `--${string}` | null;
  short: `-${string}` | null;
  /** As help shows it; `null`: takes none. In brackets: may be left out. */
  argument: string | null;
  help: string;
  group: OptionGroup;
  /** `global`: before or after any command. */
  scope: "global" | "run";
  isRepeatable: boolean;
  /** Dotted key in the config file. */
  configKey: string | null;
  /** The default, written as a user would; `null`: none. */
  standard: Standard;
  /** What a `--no-...` flag stands for. */
  off: string;
  parse: p.Parse<T>;
};

type Look = Partial<
  Pick<Option<never, null>, "flag" | "short" | "argument" | "group" | "scope" | "isRepeatable" | "configKey" | "off">
>;

function option<T, const Standard extends string | null>(
  parse: p.Parse<T>,
  standard: Standard,
  help: string,
  look: Look,
): Option<T, Standard> {
  const plain = { flag: null, short: null, argument: null, group: "general", scope: "run", configKey: null } as const;
  return { ...plain, isRepeatable: false, off: "false", ...look, help, standard, parse };
}

const DAY = minutes(24 * 60);
const toHours = (hours: number) => minutes(hours * 60);

const poster = {
  exec: option(p.text, null, "command that posts one job; any language", {
    flag: "--exec",
    argument: "CMD",
    group: "poster",
    configKey: "poster.exec",
  }),
  verifyExec: option(
    p.text,
    null,
    "read-only look at unconfirmed posts: a command, or 'same' if the poster answers REPRISE_ACTION=verify",
    { flag: "--verify-exec", argument: "same|CMD", group: "poster", configKey: "poster.verify" },
  ),
  checkExec: option(
    p.text,
    null,
    "read-only look whether an account could post, for accounts repair: a command, or 'same' if the poster answers REPRISE_ACTION=check",
    { flag: "--check-exec", argument: "same|CMD", group: "poster", configKey: "poster.check" },
  ),
  silentIs: option(
    p.word("unconfirmed", "failed"),
    "unconfirmed",
    "what a failure of a poster that reports no steps means",
    { flag: "--silent-is", argument: "unconfirmed|failed", group: "poster", configKey: "poster.silent_is" },
  ),
  poster: option(p.text, null, "file (.ts, .js) whose default export posts one job: definePoster({ ... })", {
    flag: "--poster",
    argument: "FILE",
    group: "poster",
    configKey: "poster.module",
  }),
  simulate: option(
    p.simulation,
    null,
    "play posting: all well, by a scenario file, or a built-in one such as bad-night; never touches the real history",
    {
      flag: "--simulate",
      argument: "[SCENARIO]",
      group: "poster",
      configKey: "poster.simulate",
    },
  ),
  attemptTimeout: option(p.duration(seconds(0.1), DAY), "10m", "longest time for one attempt", {
    flag: "--attempt-timeout",
    argument: "T",
    group: "poster",
    configKey: "poster.timeout",
  }),
  rules: option(p.files, "", "file with rules of your own for judging failures; may be given again", {
    flag: "--rules",
    argument: "FILE",
    group: "poster",
    isRepeatable: true,
    configKey: "rules",
  }),
  settle: option(p.duration(seconds(0), toHours(24 * 7)), "10m", "how long after a tap 'absent' is not yet believed", {
    flag: "--settle",
    argument: "T",
    group: "poster",
    configKey: "poster.settle",
  }),
};

const passes = {
  workers: option(p.whole(1, 500), "3", "jobs at the same time", {
    flag: "--workers",
    short: "-w",
    argument: "N",
    group: "passes",
    configKey: "workers",
  }),
  maxPasses: option(p.whole(1, 1000), "3", "most passes of one run", {
    flag: "--max-passes",
    argument: "N",
    group: "passes",
    configKey: "passes.max",
  }),
  retryDelay: option(
    p.duration(seconds(0), toHours(24 * 30)),
    "30s",
    "pause between passes (bare numbers are seconds)",
    { flag: "--retry-delay", argument: "T", group: "passes", configKey: "passes.delay" },
  ),
  retryBackoff: option(p.decimal(1, 100), "1", "the pause grows by this factor each pass", {
    flag: "--retry-backoff",
    argument: "F",
    group: "passes",
    configKey: "passes.backoff",
  }),
  retryDelayMax: option(p.duration(seconds(0), toHours(24 * 30)), null, "longest pause between passes", {
    flag: "--retry-delay-max",
    argument: "T",
    group: "passes",
    configKey: "passes.delay_max",
  }),
  retryJitter: option(p.decimal(0, 1), "0", "share of the pause drawn at random, 0 to 1", {
    flag: "--retry-jitter",
    argument: "F",
    group: "passes",
    configKey: "passes.jitter",
  }),
  infraRetryLimit: option(p.whole(0, 1000), "3", "retries per job after failures of phone, network or provider", {
    flag: "--infra-retry-limit",
    argument: "N",
    group: "passes",
    configKey: "retry.infrastructure",
  }),
  retryUnknown: option(p.unknownRetries, "2", "do not retry failures of unknown cause (else twice)", {
    flag: "--no-retry-unknown",
    group: "passes",
    configKey: "retry.unknown",
    off: "0",
  }),
  retryAllFailed: option(p.yesNo, "false", "try failed jobs again first, not those of held accounts or unconfirmed", {
    flag: "--retry-all-failed",
    group: "passes",
  }),
  seed: option(p.whole(0, Number.MAX_SAFE_INTEGER), "1", "seed of all that is drawn at random", {
    flag: "--seed",
    argument: "N",
    group: "passes",
  }),
};

const limits = {
  dailyLimit: option(p.whole(0, 100_000), "1", "posts per account and local day; 0 = no limit", {
    flag: "--daily-limit",
    argument: "N",
    group: "limits",
    configKey: "limits.daily",
  }),
  minGap: option(p.duration(seconds(0), toHours(24 * 30)), "0", "pause between two posts of one account", {
    flag: "--min-gap",
    argument: "T",
    group: "limits",
    configKey: "limits.min_gap",
  }),
  timezone: option(p.zone, null, "zone of days and windows, if an account has none", {
    configKey: "limits.timezone",
    group: "limits",
  }),
  window: option(p.window, null, "time of day for posts, such as 08:00-22:00", {
    configKey: "limits.window",
    group: "limits",
  }),
};

const stopping = {
  halt: option(p.halt, null, "end early at so many failures: now,fail=1 or soon,fail=10%", {
    flag: "--halt",
    argument: "SPEC",
    group: "stopping",
    configKey: "halt",
  }),
  outageProbe: option(
    p.duration(seconds(0.1), toHours(1)),
    null,
    "when many phones fail alike: pause until one job is tried again, growing to 5 min (30s; without phones only if given)",
    { flag: "--outage-probe", argument: "T", group: "stopping", configKey: "outage.probe" },
  ),
  outagePatience: option(p.duration(seconds(0.1), toHours(24)), "30m", "an outage longer than this halts the run", {
    flag: "--outage-patience",
    argument: "T",
    group: "stopping",
    configKey: "outage.patience",
  }),
  until: option(p.text, null, "keep the run open for jobs that become due: 2h, 18:30 or an ISO time", {
    flag: "--until",
    argument: "T",
    group: "stopping",
  }),
  stopGrace: option(p.duration(seconds(0), toHours(1)), "90s", "how long a stop lets a post past its tap finish", {
    flag: "--stop-grace",
    argument: "T",
    group: "stopping",
  }),
  takeOver: option(
    p.yesNo,
    "false",
    "take the campaign from an orchestrator that is alive and frozen: it writes and posts nothing any more",
    { flag: "--take-over", group: "stopping" },
  ),
  onFinish: option(p.text, null, "command after the run, whatever its end; the result is on its stdin", {
    flag: "--on-finish",
    argument: "CMD",
    group: "stopping",
    configKey: "on_finish",
  }),
};

const jobs = {
  accounts: option(p.text, null, "accounts that take part: a,b,c or @FILE, one a line", {
    flag: "--accounts",
    short: "-a",
    argument: "LIST|@FILE",
    group: "accounts",
  }),
  stateFile: option(p.text, null, "a job file to take in first, as if named after run", {
    flag: "--state-file",
    argument: "FILE",
    group: "accounts",
    configKey: "jobs",
  }),
  mediaMap: option(p.mediaMap, "", "rewrite the root of media paths; may be given again", {
    flag: "--media-map",
    argument: "FROM=TO",
    group: "accounts",
    isRepeatable: true,
  }),
  skipBad: option(p.yesNo, "false", "take the good rows of a job file in and leave the bad out", {
    flag: "--skip-bad",
    group: "accounts",
  }),
  allowEmpty: option(p.yesNo, "false", "nothing to do is exit 0, not 4", { flag: "--allow-empty", group: "accounts" }),
  devices: option(p.devices, "none", "phones: none, adb, a provider (geelark, stf), or simulated:N", {
    flag: "--devices",
    argument: "none|adb|geelark|stf|simulated:N",
    group: "devices",
    configKey: "devices",
  }),
  maxPhones: option(p.whole(1, 500), null, "most phones of a provider on at the same time", {
    flag: "--max-phones",
    argument: "N",
    group: "devices",
    configKey: "max_phones",
  }),
  maxPhoneMinutes: option(p.decimal(0.1, 1_000_000), null, "start no more phones once a run has used so many minutes", {
    flag: "--max-phone-minutes",
    argument: "N",
    group: "devices",
    configKey: "max_phone_minutes",
  }),
  forceKillPorts: option(
    p.yesNo,
    "false",
    "end a foreign program that listens on a port we need, and say whom; never a client of it, never an adb server",
    { flag: "--force-kill-ports", group: "devices" },
  ),
  stagger: option(p.duration(seconds(0), toHours(1)), "0", "pause between the starts of two workers", {
    flag: "--stagger",
    argument: "T",
    group: "devices",
  }),
};

const output = {
  dryRun: option(p.yesNo, "false", "show what would be posted; write nothing", {
    flag: "--dry-run",
    short: "-n",
    group: "output",
  }),
  renderer: option(p.renderer, "auto", "how a run shows itself", {
    flag: "--renderer",
    argument: "auto|lines|json|silent",
    group: "output",
  }),
  json: option(p.yesNo, "false", "JSON on stdout (a run: one event a line)", {
    flag: "--json",
    group: "output",
    scope: "global",
  }),
  quiet: option(p.yesNo, "false", "say less", { flag: "--quiet", short: "-q", group: "output", scope: "global" }),
  verbose: option(p.yesNo, "false", "say more", { flag: "--verbose", short: "-v", group: "output", scope: "global" }),
  color: option(p.yesNo, "true", "no colours (also NO_COLOR)", {
    flag: "--no-color",
    group: "output",
    scope: "global",
  }),
  input: option(p.yesNo, "true", "never ask", { flag: "--no-input", group: "output", scope: "global" }),
  yes: option(p.yesNo, "false", "answer yes to every question", { flag: "--yes", group: "output", scope: "global" }),
};

const general = {
  stateDir: option(p.text, "./.reprise", "folder of ledger and logs", {
    flag: "--state-dir",
    argument: "DIR",
    scope: "global",
  }),
  config: option(p.text, "./reprise.config.yaml", "config file", {
    flag: "--config",
    argument: "FILE",
    scope: "global",
  }),
  allowNetworkFs: option(
    p.yesNo,
    "false",
    "use a state folder on a network file system all the same: its locks may not hold",
    { flag: "--allow-network-fs", scope: "global" },
  ),
  campaign: option(p.campaignName, "default", "name of the campaign", {
    flag: "--campaign",
    argument: "NAME",
    scope: "global",
  }),
};

/** By the flag's name in camel case, as commander gives it. In the order of help. */
export const OPTIONS = { ...poster, ...passes, ...limits, ...stopping, ...jobs, ...output, ...general };

export type OptionKey = keyof typeof OPTIONS;
/** What each option's text reads as; `null` where there is no default and nobody gave one. */
export type Values = {
  [K in OptionKey]: (typeof OPTIONS)[K] extends Option<infer T, infer Standard>
    ? Standard extends string
      ? T
      : T | null
    : never;
};

/** The same without the types of the values, for help and for loops. */
export const OPTION_LIST = Object.entries(OPTIONS).map(([key, o]) => ({
  key: key as OptionKey,
  ...(o as Option<unknown, string | null>),
}));

/** Flags of the contract that a later version brings, with what to use until then. */
export const LATER_FLAGS: Readonly<Record<string, string>> = {
  "--from": "a run is resumed by itself",
};

/** The environment's name of a flag: `--max-passes` is `REPRISE_MAX_PASSES`. */
export const variableOf = (flag: string) => `REPRISE_${flag.slice(2).replaceAll("-", "_").toUpperCase()}`;
