// What a command is told, from flags, environment, config file and defaults; everything is checked here, before anything starts.
import { dirname, resolve } from "node:path";
import { instant, seconds } from "../core/ids.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { PosterSettings, RunSettings } from "../core/settings.ts";
import { readAccountsList } from "./accounts-list.ts";
import { type ConfigFile, readConfigFile } from "./config-file.ts";
import { ADB_PHONES } from "./devices-entry.ts";
import { farPhones, secretVariables } from "./far-entry.ts";
import { type Flags, type Layer, type Layered, layer, RANK, refusal, type Said, type Sources } from "./layers.ts";
import { OPTION_LIST, OPTIONS, type Values } from "./options.ts";
import { choosePoster, type PosterChoice } from "./poster-choice.ts";
import type { RuleFile } from "./rule-file.ts";
import { systemZone } from "./system-zone.ts";
import { parseUntil } from "./until.ts";

export type { Flags } from "./layers.ts";

export type Resolved = {
  /** Absolute. */
  stateDir: string;
  /** Absolute; `null`: there is none. */
  configFile: string | null;
  campaign: string;
  settings: RunSettings;
  /** Without one `settings.poster` is empty and nothing can be posted. */
  hasPoster: boolean;
  /** Who is asked whether an account could post; `null`: nobody can be. */
  checker: PosterSettings | null;
  skipBad: boolean;
  allowEmpty: boolean;
  mediaMap: { from: string; to: string }[];
  renderer: "auto" | "lines" | "json" | "silent";
  verbose: boolean;
  quiet: boolean;
  yes: boolean;
  noInput: boolean;
  color: boolean;
  /** As the user wrote it; one of the config file lies beside that. */
  stateFile: string | null;
  /** Files with rules of the user's own; one of the config file lies beside that. */
  ruleFiles: RuleFile[];
  dryRun: boolean;
  /** A state folder on a network file system is used all the same. */
  allowNetworkFs: boolean;
  /** The campaign is taken from an orchestrator that holds it. */
  takeOver: boolean;
  /** Shell command after a run; `null`: none. */
  onFinish: string | null;
  /** Where each value came from, in the order of help. `campaign`: a job file of the campaign said it. */
  origins: { key: string; value: string; from: Layer | "campaign"; where: string }[];
};

type Input = { flags: Flags; env: Record<string, string | undefined>; cwd: string };

/**
 * Resolves all settings of a command.
 *
 * @param input.flags  by long name in camel case, as commander gives them, values unparsed
 * @returns the error is one line that names flag, variable or file:line, the value and what is allowed
 */
export async function resolveConfig(input: Input): Promise<Result<Resolved, { message: string }>> {
  const resolved = await resolveAll(input);
  return resolved.ok ? resolved : err({ message: resolved.error });
}

async function resolveAll(input: Input): Promise<Result<Resolved, string>> {
  const file = await findFile(input);
  if (!file.ok) return file;
  const sources: Sources = { ...input, file: file.value.content, shownFile: file.value.shown };
  const layered = layer(sources, () => true);
  if (!layered.ok) return layered;
  const poster = choosePoster(layered.value, input.cwd, file.value.path);
  if (!poster.ok) return poster;
  const renderer = chooseRenderer(layered.value);
  if (!renderer.ok) return renderer;
  const settings = await settingsOf(layered.value, { input, file: file.value.content, poster: poster.value });
  if (!settings.ok) return settings;
  const values = layered.value.values;
  return ok({
    ...switchesOf(values),
    stateFile: stateFileOf(layered.value, file.value.path),
    ruleFiles: ruleFilesOf(layered.value, input.cwd, file.value.path),
    stateDir: resolve(input.cwd, values.stateDir),
    configFile: file.value.content === null ? null : file.value.path,
    settings: settings.value,
    hasPoster: poster.value.hasPoster,
    checker: poster.value.checker,
    renderer: renderer.value,
    color: values.color && !input.env.NO_COLOR,
    origins: originsOf(layered.value, settings.value, sources),
  });
}

type FoundFile = { path: string; shown: string; content: ConfigFile | null };

async function findFile(input: Input): Promise<Result<FoundFile, string>> {
  const named = layer({ ...input, file: null, shownFile: "" }, (o) => o.key === "config");
  if (!named.ok) return named;
  const said = named.value.said.config as Said;
  const path = resolve(input.cwd, said.text);
  const shown = said.text.replace(/^\.\//, "");
  const content = await readConfigFile(path, shown);
  if (!content.ok) return content;
  if (content.value === null && said.from !== "default") {
    return err(refusal(OPTIONS.config, said, "there is no such file"));
  }
  return ok({ path, shown, content: content.value });
}

function chooseRenderer({ values, said }: Layered): Result<Resolved["renderer"], string> {
  const rank = (s: Said | null) => RANK[s?.from ?? "default"];
  if (!values.json || rank(said.json) < rank(said.renderer)) return ok(values.renderer);
  if (rank(said.json) === rank(said.renderer) && values.renderer !== "json") {
    return err(`--json and --renderer ${values.renderer} exclude each other: give one`);
  }
  return ok("json");
}

type Parts = { input: Input; file: ConfigFile | null; poster: PosterChoice };

async function settingsOf(layered: Layered, parts: Parts): Promise<Result<RunSettings, string>> {
  const { values: v, said } = layered;
  const accounts = v.accounts === null ? ok(null) : await readAccountsList(v.accounts, parts.input.cwd);
  if (!accounts.ok) return err(`${said.accounts?.where} ${accounts.error}`);
  const until = v.until === null ? ok(null) : parseUntil(v.until, instant(Date.now()));
  if (!until.ok) return err(refusal(OPTIONS.until, said.until as Said, until.error));
  const devices = devicesOf(layered, parts.file);
  if (!devices.ok) return devices;
  return ok({
    workers: v.workers,
    staggerMs: v.stagger,
    passes: {
      maxPasses: v.maxPasses,
      delayMs: v.retryDelay,
      backoff: v.retryBackoff,
      delayMaxMs: v.retryDelayMax,
      jitter: v.retryJitter,
    },
    retry: { infrastructure: v.infraRetryLimit, unknown: v.retryUnknown },
    limits: { daily: v.dailyLimit, minGapMs: v.minGap, timezone: v.timezone ?? systemZone(), window: v.window },
    attemptTimeoutMs: v.attemptTimeout,
    settleMs: v.settle,
    stopGraceMs: v.stopGrace,
    halt: v.halt,
    outage: outageOf(v),
    poster: parts.poster.settings,
    devices: devices.value,
    accounts: accounts.value,
    knownAccounts: parts.file?.accounts?.list ?? [],
    seed: v.seed,
    until: until.value,
    retryAllFailed: v.retryAllFailed,
    secrets: [...new Set([...(parts.file?.secrets?.list ?? []), ...secretVariables(devices.value)])],
  });
}

/** `--devices` says which sort, the config file what that sort needs to know. */
function devicesOf({ values, said: from }: Layered, file: ConfigFile | null): Result<RunSettings["devices"], string> {
  const { devices: said, maxPhones, maxPhoneMinutes, outagePatience, forceKillPorts } = values;
  if (said.provider === "geelark" || said.provider === "stf") {
    const { patienceMs = outagePatience, ...far } = file?.devices?.far ?? {};
    const isNearer = ["flag", "environment"].includes(from.outagePatience?.from ?? "");
    const run = { maxPhones, maxPhoneMinutes, patienceMs: isNearer ? outagePatience : patienceMs };
    return farPhones(said.provider, far, run);
  }
  if (said.provider === "none") return ok({ provider: "none" });
  if (said.provider === "simulated") return ok(said);
  const phones = { ...(file?.devices?.adb ?? ADB_PHONES), forceKillPorts };
  const strange = file?.accounts?.list.find(
    ({ device }) => device !== null && phones.serials !== null && !phones.serials.includes(device),
  );
  if (strange === undefined) return ok(phones);
  return err(
    `account ${strange.name}: its device ${strange.device} is none of devices.serials: add it there, or correct it`,
  );
}

const OUTAGE_PROBE = seconds(30);

/** Without phones only for those who ask: accounts then stand for phones. */
function outageOf({ devices, outageProbe, outagePatience }: Values): RunSettings["outage"] {
  if (devices.provider === "none" && outageProbe === null) return null;
  return { probeMs: outageProbe ?? OUTAGE_PROBE, patienceMs: outagePatience };
}

function stateFileOf({ values, said }: Layered, configFile: string): string | null {
  if (values.stateFile === null || said.stateFile?.from !== "config") return values.stateFile;
  return resolve(dirname(configFile), values.stateFile);
}

function ruleFilesOf({ values, said }: Layered, cwd: string, configFile: string): RuleFile[] {
  const beside = said.rules?.from === "config" ? dirname(configFile) : cwd;
  return values.rules.map((shown) => ({ path: resolve(beside, shown), shown }));
}

function switchesOf(v: Values) {
  const { campaign, skipBad, allowEmpty, mediaMap, verbose, quiet, yes, dryRun, onFinish, allowNetworkFs, takeOver } =
    v;
  const switches = { skipBad, allowEmpty, verbose, quiet, yes, dryRun, allowNetworkFs, takeOver };
  return { campaign, mediaMap, onFinish, noInput: !v.input, ...switches };
}

function originsOf(layered: Layered, settings: RunSettings, { file, shownFile }: Sources): Resolved["origins"] {
  const origins: Resolved["origins"] = [];
  for (const { key, configKey, flag } of OPTION_LIST) {
    const said = layered.said[key];
    const shown = configKey ?? flag?.replace(/^--(no-)?/, "") ?? key;
    if (said !== null) origins.push({ key: shown, value: said.text, from: said.from, where: said.where });
    else if (key === "timezone") {
      origins.push({ key: shown, value: settings.limits.timezone, from: "default", where: "this machine's" });
    } else origins.push({ key: shown, value: "", from: "default", where: "" });
  }
  const listed = (key: string, list: string[], line: number) =>
    origins.push({ key, value: list.join(", "), from: "config", where: `${shownFile}:${line}` });
  if (file?.accounts)
    listed(
      "accounts (known)",
      file.accounts.list.map((a) => a.name),
      file.accounts.line,
    );
  if (file?.secrets) listed("secrets", file.secrets.list, file.secrets.line);
  return origins;
}
