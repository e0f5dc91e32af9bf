// Temporary folders, job files, media, and the command under test.
import { once } from "node:events";
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { box, tinyMp4 } from "../src/media/tiny-mp4.ts";

export const BIN = fileURLToPath(new URL("../bin/reprise.mjs", import.meta.url));

/** As cheap as a poster can be. `true` never says a word: its intent is opaque. The other asks before it "taps". */
export const POSTERS = {
  silent: "true",
  asking: `echo '{"type":"publishing"}' >&3; read -r go <&4`,
} as const;
export type PosterName = keyof typeof POSTERS;

/** Sizes of everything; `--quick` is for a first look, its figures are no claim. */
export type Scale = {
  runs: number;
  jobs: number;
  small: number;
  large: number;
  posts: number;
  pairs: number;
  starts: number;
  phonePosts: number;
  phoneRuns: number;
};
export const FULL: Scale = {
  runs: 3,
  jobs: 2_000,
  small: 10_000,
  large: 1_000_000,
  posts: 500,
  pairs: 9,
  starts: 11,
  phonePosts: 20,
  phoneRuns: 3,
};
export const QUICK: Scale = {
  runs: 3,
  jobs: 300,
  small: 2_000,
  large: 50_000,
  posts: 150,
  pairs: 3,
  starts: 5,
  phonePosts: 4,
  phoneRuns: 1,
};

const folders: string[] = [];

/** A folder that `cleanUp` removes. */
export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `reprise-bench-${name}-`));
  folders.push(folder);
  return folder;
}

export function cleanUp(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** `count` small real videos, all different, as `0.mp4`, `1.mp4`, ... */
export function makeMedia(folder: string, count: number): string {
  const media = join(folder, "media");
  mkdirSync(media);
  const video = tinyMp4();
  for (let i = 0; i < count; i++) {
    const own = box("free", Buffer.from(`${i}`));
    writeFileSync(join(media, `${i}.mp4`), Buffer.concat([video, own]));
  }
  return media;
}

/** One job an account, each with its own file. Files beyond those made are never reached. */
export async function writeJobs(file: string, count: number, media: string): Promise<void> {
  const out = createWriteStream(file);
  for (let i = 0; i < count; i++) {
    const job = {
      id: `job-${i}`,
      account: `account-${i}`,
      media: `${media}/${i}.mp4`,
      caption: `Caption of job ${i}, as long as captions are`,
    };
    if (!out.write(`${JSON.stringify(job)}\n`)) await once(out, "drain");
  }
  out.end();
  await once(out, "finish");
}
