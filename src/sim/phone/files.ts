// The phone's storage: paths and bytes, in memory.

export type PhoneFile = { data: Buffer; mode: number; modifiedAt: number };
export type FileStat = { mode: number; size: number; modifiedAt: number };

const DIRECTORY = 0o40771;
const FOLDERS = /^\/(sdcard|data\/local\/tmp)(\/[^.]*)?\/?$/;
/** Other names of the same storage. */
const ALIAS = /^\/(storage\/emulated\/0|storage\/self\/primary|mnt\/sdcard)(?=\/|$)/;

export class PhoneFiles {
  #files = new Map<string, PhoneFile>();
  /** Bytes that still fit; a file that needs more is refused. */
  freeBytes = Number.POSITIVE_INFINITY;

  /** @returns why not, in Android's words; `null` = stored */
  put(path: string, file: PhoneFile): string | null {
    if (path.startsWith("/system/")) return "couldn't create file: Read-only file system";
    if (file.data.length > this.freeBytes) return "write failed: No space left on device";
    this.freeBytes -= file.data.length;
    this.#files.set(real(path), file);
    return null;
  }

  get(path: string): PhoneFile | null {
    return this.#files.get(real(path)) ?? null;
  }

  stat(path: string): FileStat | null {
    const file = this.get(path);
    if (file !== null) return { mode: file.mode, size: file.data.length, modifiedAt: file.modifiedAt };
    return FOLDERS.test(real(path)) ? { mode: DIRECTORY, size: 0, modifiedAt: 1 } : null;
  }

  remove(path: string): boolean {
    return this.#files.delete(real(path));
  }

  /** Paths, oldest first. */
  paths(): string[] {
    return [...this.#files.keys()];
  }

  /** What a gallery shows, newest last. */
  media(): string[] {
    return this.paths().filter((path) => /[.](mp4|mov|jpe?g|png|webp)$/i.test(path));
  }
}

const real = (path: string) => path.replace(ALIAS, "/sdcard").replace(/\/{2,}/g, "/");
