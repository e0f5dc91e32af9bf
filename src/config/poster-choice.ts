// Which poster the settings choose: a command, a simulation, or none.
import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { nearest } from "../core/nearest.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { PosterSettings } from "../core/settings.ts";
import { BUILT_IN, builtInText } from "../sim/built-in.ts";
import { type Layered, RANK, type Said } from "./layers.ts";

export type PosterChoice = { settings: PosterSettings; hasPoster: boolean };

/**
 * Chooses the poster: of a command and a simulation the one named nearer to the user (flag, environment, config).
 *
 * @param configFile  a scenario named there is sought beside it
 * @returns the error is one line that names both flags
 */
export function choosePoster({ values, said }: Layered, cwd: string, configFile: string): Result<PosterChoice, string> {
  const exec = rankOf(said.exec);
  const simulate = values.simulate === null ? 0 : rankOf(said.simulate);
  if (exec > 0 && exec === simulate) {
    return err(`${nameOf(said.exec)} and ${nameOf(said.simulate)} exclude each other: give one`);
  }
  if (simulate > exec && values.simulate !== null) {
    if (rankOf(said.verifyExec) >= simulate) {
      return err(`${nameOf(said.verifyExec)} does not go with ${nameOf(said.simulate)}: a simulation looks for itself`);
    }
    const beside = said.simulate?.from === "config" ? dirname(configFile) : cwd;
    const scenario = chooseScenario(values.simulate.file, beside);
    if (!scenario.ok) return err(`${nameOf(said.simulate)} ${scenario.error}`);
    return ok({ hasPoster: true, settings: { kind: "simulated", scenarioFile: scenario.value, seed: values.seed } });
  }
  if (values.verifyExec === "same" && exec === 0) {
    return err(`${nameOf(said.verifyExec)} is "same", but there is no --exec to be the same as: give --exec CMD`);
  }
  const verifyExec = values.verifyExec === "same" ? values.exec : values.verifyExec;
  const settings = { kind: "command", exec: values.exec ?? "", verifyExec, silentIs: values.silentIs } as const;
  return ok({ hasPoster: exec > 0, settings });
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
