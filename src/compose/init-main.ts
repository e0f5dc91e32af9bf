// `init`: writes a project, or nothing.
import { chmodSync, lstatSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { RepriseError } from "../core/errors.ts";
import { type Language, type ProjectFile, projectFiles } from "../init/init.ts";

/**
 * Writes a new project.
 *
 * @param folder  absolute; made if it is not there
 * @returns names of what was written
 * @throws RepriseError `usage` where a file is there already or the folder can't be written: nothing was changed then
 */
export async function initMain({ folder, language }: { folder: string; language: Language }): Promise<string[]> {
  const files = projectFiles(language);
  const taken = files.find(({ name }) => isThere(join(folder, name)));
  if (taken !== undefined) {
    const rest = "nothing was written; move it away or name another folder: reprise init DIR";
    throw new RepriseError("usage", `init: ${join(folder, taken.name)} is there already, ${rest}`);
  }
  try {
    for (const file of files) writeNew(folder, file);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new RepriseError("usage", `init: could not write: ${text}`, { cause: error });
  }
  return files.map(({ name }) => name);
}

/** A link that leads nowhere is there too. */
const isThere = (path: string) => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

function writeNew(folder: string, { name, content, isExecutable }: ProjectFile): void {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content, { flag: "wx" });
  if (isExecutable) chmodSync(path, 0o755);
}
