import type { Appium } from "../../appium/appium.ts";
import { redactor } from "../../core/redact.ts";
import type { ModulePoster } from "../../module-poster.ts";
import type { Poster, PosterHooks } from "../posters.ts";
import { loadModule } from "./load-module.ts";
import { ModuleAttempt, type ModuleWorld } from "./module-attempt.ts";
import { textOf } from "./thrown.ts";

export type ModulePosterOptions = {
  /** Absolute path of the file that default-exports the poster. */
  file: string;
  seed: number;
  appium: Appium;
  /** Values that are never written down. */
  hidden: readonly string[];
  /** How long its code may go on after its attempt was ended. Default 4 s: a stop is done within 5 s. */
  graceMs?: number;
};

/** A poster written in TypeScript or JavaScript. It runs in this very process, which has to be replaced when it won't end. */
export function createModulePoster(options: ModulePosterOptions): Poster {
  const { file, seed, appium, hidden, graceMs = 4_000 } = options;
  let check: Promise<void> | null = null;
  const world: ModuleWorld = {
    file,
    seed,
    appium,
    graceMs,
    redact: redactor(hidden),
    load: () => loadModule(file),
    checked(poster: ModulePoster, ctx) {
      check ??= (async () => poster.check?.(ctx))();
      check.catch(() => {
        check = null; // the next attempt asks anew
      });
      return check;
    },
  };
  return {
    post: (task, hooks, signal) => withStrays(hooks, world, () => new ModuleAttempt(world, task, hooks, signal).post()),
    look: (task, hooks, signal) => withStrays(hooks, world, () => new ModuleAttempt(world, task, hooks, signal).look()),
    check: (task, hooks, signal) =>
      withStrays(hooks, world, () => new ModuleAttempt(world, task, hooks, signal).check()),
  };
}

/** A rejection that the poster's code does not look at is noted: it must not end the worker under the job. */
async function withStrays<T>(hooks: PosterHooks, { file, redact }: ModuleWorld, run: () => Promise<T>): Promise<T> {
  const note = (e: unknown) => hooks.log(redact(`a rejection that nobody handles: ${textOf(e, file)}`));
  process.on("unhandledRejection", note);
  try {
    return await run();
  } finally {
    process.off("unhandledRejection", note);
  }
}
