// Which poster the settings choose: a command, a module, a simulation, or none.
import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { nearest } from "../core/nearest.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { PosterSettings } from "../core/settings.ts";
import { BUILT_IN, builtInText } from "../sim/built-in.ts";
import { type Layered, RANK, refusal, type Said } from "./layers.ts";
import { OPTIONS } from "./options.ts";

export type PosterChoice = {
  settings: PosterSettings;
  hasPoster: boolean;
  /** Who is asked whether an account could post; `null`: nobody can be. A module may turn out to have no check. */
  checker: PosterSettings | null;
};
type Kind = PosterSettings["kind"];
type Named = { kind: Kind; said: Said | null; rank: number };

/**
 * Chooses the poster: the kind named nearest to the user (flag, environment, config).
 *
 * @param configFile  a file named there is sought beside it
 * @returns the error is one line that names the flags
 */
export function choosePoster(layered: Layered, cwd: string, configFile: string): Result<PosterChoice, string> {
  const { values, said } = layered;
  const named = [
    { kind: "command", said: said.exec, rank: rankOf(said.exec) },
    { kind: "module", said: said.poster, rank: rankOf(said.poster) },
    { kind: "simulated", said: said.simulate, rank: values.simulate === null ? 0 : rankOf(said.simulate) },
  ] satisfies Named[];
  const [first, second] = named.toSorted((a, b) => b.rank - a.rank) as [Named, Named, Named];
  if (first.rank > 0 && first.rank === second.rank) {
    return err(`${nameOf(first.said)} and ${nameOf(second.said)} exclude each other: give one`);
  }
  if (first.rank === 0 || first.kind === "command") return command(layered, first.rank > 0);
  const own = first.kind === "module" ? { verify: "its own verify looks", check: "its own check is asked" } : SIMULATED;
  for (const [look, why] of [
    [said.verifyExec, own.verify],
    [said.checkExec, own.check],
  ] as const) {
    if (rankOf(look) >= first.rank) return err(`${nameOf(look)} does not go with ${nameOf(first.said)}: ${why}`);
  }
  const beside = first.said?.from === "config" ? dirname(configFile) : cwd;
  return first.kind === "module" ? module(layered, beside) : simulated(layered, beside);
}

const SIMULATED = { verify: "a simulation looks for itself", check: "a simulation has no account to look at" };

function command({ values, said }: Layered, isNamed: boolean): Result<PosterChoice, string> {
  const isSame = { verify: values.verifyExec === "same", check: values.checkExec === "same" };
  if ((isSame.verify || isSame.check) && !isNamed) {
    const flag = nameOf(isSame.verify ? said.verifyExec : said.checkExec);
    return err(`${flag} is "same", but there is no --exec to be the same as: give --exec CMD`);
  }
  const verifyExec = isSame.verify ? values.exec : values.verifyExec;
  const checkExec = isSame.check ? values.exec : values.checkExec;
  const settings = { kind: "command", exec: values.exec ?? "", verifyExec, silentIs: values.silentIs } as const;
  return ok({ hasPoster: isNamed, settings, checker: checkExec === null ? null : { ...settings, exec: checkExec } });
}

function module({ values, said }: Layered, beside: string): Result<PosterChoice, string> {
  const file = resolve(beside, values.poster ?? "");
  if (said.poster !== null && !existsSync(file))
    return err(refusal(OPTIONS.poster, said.poster, "there is no such file"));
  const settings = { kind: "module", file, seed: values.seed } as const;
  return ok({ hasPoster: true, settings, checker: settings });
}

function simulated({ values, said }: Layered, beside: string): Result<PosterChoice, string> {
  const scenario = chooseScenario(values.simulate?.file ?? null, beside);
  if (!scenario.ok) return err(`${nameOf(said.simulate)} ${scenario.error}`);
  const settings = { kind: "simulated", scenarioFile: scenario.value, seed: values.seed } as const;
  return ok({ hasPoster: true, settings, checker: null });
}

/** A built-in scenario's name goes before a file of that name; a file is read when the run starts. The error fits after the flag. */
function chooseScenario(named: string | null, beside: string): Result<string | null, string> {
  if (named === null || builtInText(named) !== null) return ok(named);
  const file = resolve(beside, named);
  if (!/^[\w-]+$/.test(named) || existsSync(file)) return ok(file);
  const meant = nearest(named, BUILT_IN);
  const hint = meant === null ? "" : `did you mean ${meant}? `;
  return err(`is "${named}": no such scenario; ${hint}built in: ${BUILT_IN.join(", ")}`);
}

const rankOf = (said: Said | null) => RANK[said?.from ?? "default"];

/** Never shows a command's text: it may be long. */
function nameOf(said: Said | null): string {
  return said?.from === "config" ? `the poster of ${said.where}` : (said?.where ?? "");
}
