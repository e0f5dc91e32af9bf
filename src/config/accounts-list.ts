// `--accounts LIST|@FILE`.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { err, ok, type Result } from "../core/result.ts";
import { name } from "./parsers.ts";

/**
 * Reads `a,b,c`, or `@FILE` with one account a line and `#` comments; repeated names count once.
 *
 * @returns the error fits after "--accounts "
 */
export async function readAccountsList(text: string, cwd: string): Promise<Result<string[], string>> {
  if (!text.startsWith("@")) return namesOf(text.split(","), (i) => `entry ${i + 1} of "${text}"`, `"${text}"`);
  const file = text.slice(1);
  let content: string;
  try {
    content = await readFile(resolve(cwd, file), "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    return err(`is "${text}": ${code === "ENOENT" ? `there is no file ${file}` : `${file} can't be read (${code})`}`);
  }
  const lines = content.replace(/^\uFEFF/, "").split(/\r?\n/);
  return namesOf(
    lines.map((l) => l.replace(/(^|\s)#.*$/, "")),
    (i) => `${file}:${i + 1}`,
    file,
  );
}

function namesOf(entries: string[], where: (index: number) => string, whole: string): Result<string[], string> {
  const names = new Set<string>();
  for (const [index, entry] of entries.entries()) {
    if (entry.trim() === "") continue;
    const read = name(entry.trim());
    if (!read.ok) return err(`${where(index)}: ${read.error}`);
    names.add(read.value);
  }
  return names.size === 0
    ? err(`names no account: ${whole} is empty; give a,b,c or @FILE with one a line`)
    : ok([...names]);
}
