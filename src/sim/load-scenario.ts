// From what --simulate named to a scenario.
import { readFile } from "node:fs/promises";
import { builtInText } from "./built-in.ts";
import type { Scenario } from "./scenario.ts";
import { allOk, parseScenario } from "./scenario-file.ts";

/**
 * Reads a scenario.
 *
 * @param from  a file's absolute path, the name of a built-in one, or `null`: all jobs succeed
 * @throws Error of one line
 */
export async function loadScenario(from: string | null): Promise<Scenario> {
  if (from === null) return allOk();
  const parsed = parseScenario(builtInText(from) ?? (await readText(from)), from);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const why = code === "ENOENT" ? "there is no such scenario file" : `the scenario can't be read (${code})`;
    throw new Error(`${file}: ${why}`, { cause: error });
  }
}
