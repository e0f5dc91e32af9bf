import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/** At most so many files of one attempt. */
const MOST_FILES = 100;

/** The files an attempt leaves, in its own folder under harmless names. */
export class EvidenceFiles {
  readonly paths: string[] = [];
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Does nothing once there are too many. */
  async keep(name: string, bytes: Uint8Array | string): Promise<void> {
    if (this.paths.length >= MOST_FILES) return;
    const path = join(this.#folder, this.#free(harmless(name)));
    this.paths.push(path);
    await writeFile(path, bytes, { mode: 0o600 });
  }

  #free(name: string): string {
    const isTaken = (n: string) => this.paths.includes(join(this.#folder, n));
    let free = name;
    for (let n = 2; isTaken(free); n++) free = `${n}-${name}`;
    return free;
  }
}

/** No folders, nothing hidden, nothing long. */
const harmless = (name: string) =>
  name
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, "_")
    .replace(/^\.+/, "")
    .slice(0, 100) || "evidence";
