// A poster's command is looked up before anything starts: a mistyped path is no setup failure of each job.
import { readdirSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { RepriseError } from "../core/errors.ts";
import { nearest } from "../core/nearest.ts";
import type { PosterSettings } from "../core/settings.ts";
import { findCommand } from "../doctor/doctor.ts";

type Env = Record<string, string | undefined>;
type LookedUp = { key: "poster" | "verify"; of: ReturnType<typeof findCommand> };

/** Where the commands of a command poster lead, on the PATH that it will have. */
export function lookUpPoster(
  { exec, verifyExec }: Extract<PosterSettings, { kind: "command" }>,
  cwd: string,
  env: Env,
): LookedUp[] {
  const binDir = fileURLToPath(new URL("../../bin/path", import.meta.url));
  const withOurs = { ...env, PATH: `${env.PATH ?? "/usr/local/bin:/usr/bin:/bin"}:${binDir}` };
  const look = (key: LookedUp["key"], text: string) => ({ key, of: findCommand(text, cwd, withOurs) });
  const hasOwnLook = verifyExec !== null && verifyExec !== exec;
  return [look("poster", exec), ...(hasOwnLook ? [look("verify", verifyExec)] : [])];
}

/** @throws RepriseError `usage`: it can't be run, and what was probably meant */
export function refusePosterCommand(poster: PosterSettings, cwd: string, env: Env): void {
  if (poster.kind !== "command") return;
  for (const { key, of } of lookUpPoster(poster, cwd, env)) {
    if (of.kind !== "missing") continue;
    const hint = hintFor(of.word, cwd);
    throw new RepriseError("usage", `${key} ${of.word}: ${of.why}${hint === null ? "" : `; ${hint}`}`);
  }
}

/** `null`: nothing that is there comes near. */
function hintFor(word: string, cwd: string): string | null {
  const folder = word.includes("/") ? dirname(resolve(cwd, word)) : cwd;
  const files = namesIn(folder);
  if (!word.includes("/")) return files.includes(word) ? `it is in this folder: write ./${word}` : null;
  if (files.includes(basename(word))) return null;
  const meant = nearest(basename(word), files);
  return meant === null ? `looked in ${folder}` : `did you mean ${dirname(word)}/${meant}?`;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
