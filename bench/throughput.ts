// Jobs a second through real worker processes, beside what runs programs in parallel and remembers nothing.
import { join } from "node:path";
import { type Figure, median, missing, type Section } from "./report.ts";
import { type RunSeen, runReprise, steadyEnds } from "./reprise-run.ts";
import { isInstalled, RIVALS, runRival } from "./rivals.ts";
import { makeMedia, type PosterName, type Scale, temporaryFolder, writeJobs } from "./workload.ts";

const POSTERS: readonly PosterName[] = ["silent", "asking"];

export async function throughput({ jobs, runs }: Scale, workers: number): Promise<Section> {
  const folder = temporaryFolder("throughput");
  const jobFile = join(folder, "jobs.jsonl");
  await writeJobs(jobFile, jobs, makeMedia(folder, jobs));
  const rivals = RIVALS.filter(isInstalled);
  const ours = new Map(POSTERS.map((name) => [name, [] as RunSeen[]]));
  const theirs = new Map(rivals.map((rival) => [rival, [] as number[]]));
  // in turn, so that a slow minute of the machine falls on all
  for (let run = 0; run < runs; run++) {
    for (const rival of rivals) theirs.get(rival)?.push(await runRival(rival, workers, jobs));
    for (const [poster, seen] of ours) {
      seen.push(await runReprise({ folder: join(folder, `${poster}-${run}`), workers, poster, jobFile }));
    }
  }
  const wallOfXargs = [...theirs].find(([r]) => r.command === "xargs")?.[1].map((perSecond) => 1000 / perSecond) ?? [];
  return {
    section: `${jobs} jobs, ${workers} workers, a poster that does nothing`,
    figures: [
      ...[...ours].flatMap(([poster, seen]) => ourFigures(poster, seen, wallOfXargs)),
      ...RIVALS.map((rival) => theirFigure(rival.name, rival.absent, theirs.get(rival))),
    ],
  };
}

function ourFigures(poster: PosterName, seen: readonly RunSeen[], xargsMs: readonly number[]): Figure[] {
  const name = `reprise, ${poster}`;
  const wall = seen.map(steadyEnds).map(({ ms, ends }) => ms / ends);
  const posted = seen.every((s) => s.outcomes.get("posted") === s.finishedAt.length);
  const figures = [
    median(`${name}: all, first attempt to last`, "jobs/s", seen.map(overall), {
      why: posted ? "every job posted" : "NOT every job posted",
    }),
    median(
      `${name}: once all workers are up`,
      "jobs/s",
      wall.map((ms) => 1000 / ms),
    ),
    median(
      `${name}: from the command to the first attempt`,
      "ms",
      seen.map((s) => s.startMs),
    ),
    median(
      `${name}: own CPU a job (orchestrator + workers)`,
      "ms",
      seen.map((s) => s.ownCpuMs / s.cpuJobs),
    ),
    median(
      `${name}: CPU of the poster's own process a job`,
      "ms",
      seen.map((s) => s.posterCpuMs / s.cpuJobs),
    ),
    median(
      `${name}: most attempts in flight`,
      "",
      seen.map((s) => s.mostInFlight),
    ),
  ];
  const over = wall.map((ms, i) => ms - (xargsMs[i] ?? Number.NaN));
  if (poster === "silent" && xargsMs.length > 0)
    figures.push(median(`${name}: wall a job over that of xargs`, "ms", over));
  return figures;
}

function overall({ startedAt, finishedAt }: RunSeen): number {
  const ms = (finishedAt.at(-1) ?? 0) - (startedAt[0] ?? 0);
  return (finishedAt.length * 1000) / ms;
}

function theirFigure(name: string, absent: string, perSecond: number[] | undefined): Figure {
  return perSecond === undefined ? missing(name, absent) : median(name, "jobs/s", perSecond);
}
