// Two ledgers that differ only in size, made by the real import; made once, when first asked for.
import { join } from "node:path";
import { type Measured, measure } from "./measured.ts";
import { makeMedia, type Scale, temporaryFolder, writeJobs } from "./workload.ts";

export type SizedLedger = { jobs: number; stateDir: string; imported: Measured };
export type Ledgers = { small(): Promise<SizedLedger>; large(): Promise<SizedLedger> };

export function sizedLedgers(scale: Scale): Ledgers {
  const once = (jobs: number) => {
    let made: Promise<SizedLedger> | null = null;
    return () => (made ??= importedLedger(jobs, mediaFor(scale)));
  };
  return { small: once(scale.small), large: once(scale.large) };
}

/** Real files for as many jobs as any section posts. */
const mediaFor = ({ posts, pairs, small }: Scale) => Math.min(small, posts * pairs + 600);

async function importedLedger(jobs: number, media: number): Promise<SizedLedger> {
  const folder = temporaryFolder(`${jobs}`);
  const file = join(folder, "jobs.jsonl");
  await writeJobs(file, jobs, makeMedia(folder, media));
  const stateDir = join(folder, "state");
  const imported = await measure(["--state-dir", stateDir, "import", file, "--yes"], { watchMemory: true });
  return { jobs, stateDir, imported };
}
