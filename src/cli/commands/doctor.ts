// doctor: what stands in the way of a run, one line each, and what to do.
import type { Command } from "commander";
import { type Resolved, resolveConfig } from "../../config/config.ts";
import { RepriseError } from "../../core/errors.ts";
import { harmless, jsonLine } from "../../report/harmless.ts";
import { count, table } from "../../report/words.ts";
import type { Bench, Cli } from "../cli.ts";
import type { CheckupFinding } from "../compose.ts";
import { addFlags, type GivenFlags } from "../flags.ts";
import { documented } from "../help.ts";

type Flags = GivenFlags & { ledger?: boolean };

/** Flags of a run that say what it needs of this machine. */
const LOOKED_AT = ["exec", "verifyExec", "poster", "simulate", "workers", "devices"];
/** Exit code where something has to be mended first. */
const PREFLIGHT = 20;
/** A config file that says nothing. */
const NO_CONFIG = "/dev/null";
const SYMBOLS: Record<CheckupFinding["level"], string> = { ok: "ok", warning: "WARNING", problem: "PROBLEM" };

export function addDoctorCommand(program: Command, bench: Bench): void {
  const doctor = addFlags(program.command("doctor"), "run", LOOKED_AT);
  doctor.option("--ledger", "read the whole ledger: every page, every count");
  doctor.action(async () => bench.exit(await examine(bench.cli, doctor.optsWithGlobals())));
  documented(doctor, {
    about: "look for what would stop a run, and say what to do; starts and changes nothing",
    examples: [
      ["doctor", "before the first run, and after moving to another machine"],
      ["doctor --exec ./poster.sh", "whether that command can be found from here"],
      ["doctor --devices adb --poster ./poster.ts", "adb, each phone, Appium, its drivers and ports too"],
      ["doctor --json --ledger", "for a nightly check: one finding a line"],
    ],
    more: ["Exit 0, or 20 where there is a problem."],
  });
}

async function examine(cli: Cli, { ledger, ...flags }: Flags): Promise<number> {
  const { resolved, error } = await settingsOf(cli, flags);
  const findings = await cli.compose.doctorMain({
    resolved,
    configError: error,
    isThorough: ledger === true,
    cwd: cli.cwd,
    env: cli.env,
  });
  if (cli.json || resolved.renderer === "json") sayJson(cli, resolved.campaign, findings);
  else cli.terminal.out(`${lines(findings).join("\n")}\n`);
  return findings.some((f) => f.level === "problem") ? PREFLIGHT : 0;
}

/** A refused setting is a finding too; the rest is then looked at with as much of them as can be read. */
async function settingsOf(cli: Cli, flags: Flags): Promise<{ resolved: Resolved; error: string | null }> {
  const { cwd, env } = cli;
  const found = await resolveConfig({ flags, env, cwd });
  if (found.ok) return { resolved: found.value, error: null };
  const { stateDir, campaign, exec } = flags;
  const { REPRISE_STATE_DIR, REPRISE_CAMPAIGN } = env;
  const lesser = [
    { flags, env },
    { flags: { stateDir, campaign, exec }, env: { REPRISE_STATE_DIR, REPRISE_CAMPAIGN } },
    { flags: { stateDir, exec }, env: { REPRISE_STATE_DIR } },
    { flags: {}, env: {} },
  ];
  for (const kept of lesser) {
    const rest = await resolveConfig({ flags: { ...kept.flags, config: NO_CONFIG }, env: kept.env, cwd });
    if (rest.ok) return { resolved: { ...rest.value, configFile: null }, error: found.error.message };
  }
  throw new RepriseError("usage", found.error.message);
}

function lines(findings: readonly CheckupFinding[]): string[] {
  const rows = findings.map((f) => [SYMBOLS[f.level], f.check, harmless(f.finding)]);
  const shown = table(rows).flatMap((line, i) => {
    const remedy = findings[i]?.remedy ?? null;
    return remedy === null ? [line] : [line, `         -> ${harmless(remedy)}`];
  });
  const number = (level: CheckupFinding["level"]) => findings.filter((f) => f.level === level).length;
  const sum = `${count(number("problem"), "problem")}, ${count(number("warning"), "warning")}`;
  return [...shown, number("problem") + number("warning") === 0 ? "All is well." : `${sum}.`];
}

function sayJson(cli: Cli, campaign: string, findings: readonly CheckupFinding[]): void {
  const ts = new Date().toISOString();
  for (const { check, level, finding, remedy } of findings) {
    const line = { v: 1, type: "finding", ts, run: "-", campaign, check, level, finding, remedy };
    cli.terminal.out(`${jsonLine(line)}\n`);
  }
}
