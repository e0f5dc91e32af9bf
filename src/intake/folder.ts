// A folder of media: `x.mp4` with `x.txt` as its caption; sub-folders are accounts.
import { isUtf8 } from "node:buffer";
import type { Dirent } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { type BadRawRow, badRow, IntakeError, NOT_UTF8, type RawRow, ROW_BYTES, TOO_LONG } from "./raw-row.ts";

export type FolderSource = { path: string; shown: string };

const MEDIA = [".mp4", ".mov", ".m4v", ".jpg", ".jpeg", ".png", ".gif", ".webp", ".heic", ".heif"];
const PIECE = 500;

/**
 * Yields a job for each video and picture, sorted by name: first those of the folder itself, without account, then
 * those of each sub-folder, for the account of its name. Hidden files are passed over; what else is passed over is told.
 *
 * Errors: IntakeError for a folder that can't be read, or holds no media at all.
 */
export async function* readFolder({ path, shown }: FolderSource, warnings: string[]): AsyncGenerator<RawRow[]> {
  const walk: Walk = { rows: 0, noCaption: [], leftOut: [] };
  const top = await listing(path, shown);
  yield* readOne({ path, shown, account: null }, top, walk);
  for (const name of top.folders) {
    const inside = { path: join(path, name), shown: `${shown}/${name}`, account: name };
    const found = await listing(inside.path, inside.shown);
    for (const deeper of found.folders) walk.leftOut.push(`${inside.shown}/${deeper}/`);
    yield* readOne(inside, found, walk);
  }
  if (walk.rows === 0) {
    throw new IntakeError(shown, `is a folder without media: it needs videos or pictures (${MEDIA.join(" ")})`);
  }
  warnings.push(...warningsOf(walk));
}

/** What there is to tell at the end. */
type Walk = { rows: number; noCaption: string[]; leftOut: string[] };
type Listing = { media: string[]; captions: Map<string, string>; folders: string[]; others: string[] };
type Inside = { path: string; shown: string; account: string | null };

async function listing(path: string, shown: string): Promise<Listing> {
  const found: Listing = { media: [], captions: new Map(), folders: [], others: [] };
  for (const entry of await entriesOf(path, shown)) {
    const { name } = entry;
    if (name.startsWith(".")) continue;
    const kind = extname(name).toLowerCase();
    if (await isFolder(entry, join(path, name))) found.folders.push(name);
    else if (MEDIA.includes(kind)) found.media.push(name);
    else if (kind === ".txt") found.captions.set(stemOf(name), name);
    else found.others.push(name);
  }
  return found;
}

async function entriesOf(path: string, shown: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new IntakeError(shown, `is a folder that can't be read (${code})`, { cause: error });
  }
}

async function isFolder(entry: Dirent, path: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  const target = await stat(path).catch(() => null); // a link to nowhere is told when its file is checked
  return target?.isDirectory() ?? false;
}

const stemOf = (name: string) => name.slice(0, name.length - extname(name).length);

async function* readOne(inside: Inside, found: Listing, walk: Walk): AsyncGenerator<RawRow[]> {
  const { media, captions, others } = found;
  for (let from = 0; from < media.length; from += PIECE) {
    const rows: RawRow[] = [];
    for (const name of media.slice(from, from + PIECE)) {
      const caption = captions.get(stemOf(name));
      if (caption === undefined) walk.noCaption.push(`${inside.shown}/${name}`);
      rows.push(await readMedia(inside, name, caption));
    }
    walk.rows += rows.length;
    yield rows;
  }
  const used = new Set(media.map(stemOf));
  for (const [stem, name] of captions) if (!used.has(stem)) walk.leftOut.push(`${inside.shown}/${name}`);
  walk.leftOut.push(...others.map((name) => `${inside.shown}/${name}`));
}

async function readMedia({ path, shown, account }: Inside, name: string, caption: string | undefined): Promise<RawRow> {
  const file = `${shown}/${name}`;
  if (name.includes("\uFFFD")) return { ...badRow(1, null, "has a name that is not UTF-8: rename it"), file };
  if (name.includes("\\")) return { ...badRow(1, null, "has a backslash in its name: rename it"), file };
  const fields: Record<string, unknown> = { account, media: join(path, name) };
  if (caption === undefined) return { kind: "row", line: 1, fields, past: null, file };
  const text = await readCaption(join(path, caption));
  if (typeof text !== "string") return { ...text, file: `${shown}/${caption}` };
  return { kind: "row", line: 1, fields: { ...fields, caption: text }, past: null, file };
}

/** The text without a byte order mark and without line ends at its end. */
async function readCaption(path: string): Promise<string | BadRawRow> {
  try {
    const { size } = await stat(path);
    if (size > ROW_BYTES) return badRow(1, "caption", TOO_LONG);
    const bytes = await readFile(path);
    if (!isUtf8(bytes)) return badRow(1, "caption", NOT_UTF8);
    return bytes
      .toString("utf8")
      .replace(/^\uFEFF/, "")
      .replace(/[\r\n]+$/, "");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    return badRow(1, "caption", `can't be read (${code})`);
  }
}

function warningsOf({ rows, noCaption, leftOut }: Walk): string[] {
  const told: string[] = [];
  if (noCaption.length > 0) {
    const of = noCaption.length === rows ? `all ${rows}` : `${noCaption.length} of ${rows}`;
    told.push(
      `${of} media have no caption file beside them (x.txt for x.mp4) and get an empty caption: ${some(noCaption)}`,
    );
  }
  if (leftOut.length > 0) {
    told.push(`left out, being neither media nor the caption of one (nor the folder of an account): ${some(leftOut)}`);
  }
  return told;
}

const some = (names: readonly string[]) =>
  names.slice(0, 3).join(", ") + (names.length > 3 ? ` and ${names.length - 3} more` : "");
