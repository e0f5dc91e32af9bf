// Loads the file of a module poster, and says file and line when that can't be done.
import { execFile } from "node:child_process";
import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { type ModulePoster, SetupFailure } from "../../module-poster.ts";

/**
 * Imports a poster, once a process.
 *
 * @throws SetupFailure that names file and line
 */
export async function loadModule(file: string): Promise<ModulePoster> {
  answerToOurName();
  let module: { default?: unknown };
  try {
    module = await import(pathToFileURL(file).href);
  } catch (e) {
    throw new SetupFailure("poster_not_loadable", `${await placeOf(e, file)}: ${wordsOf(e)}`);
  }
  return checked(module.default, file);
}

function checked(poster: unknown, file: string): ModulePoster {
  const lack = lackOf(poster);
  if (lack === null) return poster as ModulePoster;
  throw new SetupFailure(
    "poster_not_loadable",
    `${file}:1: ${lack}; a poster is: export default definePoster({ name, platform, async post(ctx) { ... } })`,
  );
}

function lackOf(poster: unknown): string | null {
  if (poster === undefined) return "it has no default export";
  if (typeof poster !== "object" || poster === null) return "its default export is no object";
  const { name, platform, post, verify, check } = poster as Record<string, unknown>;
  if (typeof post !== "function") return "its default export has no function post";
  if (typeof name !== "string" || name === "") return "its default export has no name";
  if (typeof platform !== "string" || platform === "") return "its default export has no platform";
  if (verify !== undefined && typeof verify !== "function") return "its verify is no function";
  return check === undefined || typeof check === "function" ? null : "its check is no function";
}

let isAnswering = false;
/** `import ... from "reprise"` means this very program, wherever the poster lies and however reprise was installed. */
function answerToOurName(): void {
  if (isAnswering) return;
  isAnswering = true;
  const index = import.meta.url.endsWith(".ts") ? "../../index.ts" : "../../index.js";
  const url = new URL(index, import.meta.url).href;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === "reprise" ? { url, shortCircuit: true } : next(specifier, context),
  });
}

const wordsOf = (e: unknown) => (e instanceof Error ? `${e.name}: ${e.message}`.split("\n")[0] : String(e));

/** `file:line`; the file alone where nobody knows the line. */
async function placeOf(e: unknown, file: string): Promise<string> {
  const line = lineIn(e instanceof Error ? e.stack : undefined, file) ?? (await lineOfSyntax(e, file));
  return line === null ? file : `${file}:${line}`;
}

function lineIn(text: string | undefined, file: string): string | null {
  const at = text?.indexOf(`${file}:`) ?? -1;
  return text === undefined || at < 0 ? null : (/^\d+/.exec(text.slice(at + file.length + 1))?.[0] ?? null);
}

/** An engine's SyntaxError hides its place from programs; the command line shows it. */
async function lineOfSyntax(e: unknown, file: string): Promise<string | null> {
  if (!(e instanceof SyntaxError)) return null;
  const options = { timeout: 10_000 };
  const shown = await promisify(execFile)(process.execPath, ["--check", file], options).catch(
    (failed: { stderr?: string }) => failed.stderr,
  );
  return lineIn(typeof shown === "string" ? shown : undefined, file);
}
