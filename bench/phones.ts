// Posts over two simulated phones, with the real adb and two real Appium servers: by reprise, and by a bare loop with the same poster.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { EventLine } from "../src/core/events.ts";
import type { BareAsked } from "./bare-loop.ts";
import { freePort, output, type PhoneWorld, phoneWorld } from "./phone-world.ts";
import { type Figure, median, type Section } from "./report.ts";
import { BIN, type Scale } from "./workload.ts";

/** Seconds: from the command to its end, and each post from its own begin to its end. */
type Taken = { all: number; each: number[] };

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const POSTER = here("../examples/android/poster.ts");
const BARE = here("./bare-loop.ts");

export async function phones({ phonePosts: posts, phoneRuns: runs }: Scale): Promise<Section> {
  const bare: Taken[] = [];
  const ours: Taken[] = [];
  // in turn, so that a slow minute of the machine falls on both
  for (let run = 0; run < runs; run++) {
    bare.push(await inWorld(posts, bareLoops));
    ours.push(await inWorld(posts, reprise));
  }
  const share = ours.map(({ all }, i) => (1 - (bare[i]?.all ?? 0) / all) * 100);
  return {
    section: `${posts} posts over 2 simulated phones, 2 Appium servers, one adb server`,
    figures: [
      ...figuresOf("bare loop", posts, bare),
      ...figuresOf("reprise", posts, ours),
      median("reprise: its share of the time from command to end", "%", share, {
        why: "each post made once, bytes equal, by the phones' own log",
      }),
    ],
  };
}

function figuresOf(who: string, posts: number, taken: readonly Taken[]): Figure[] {
  return [
    median(
      `${who}: from command to end, a post`,
      "s",
      taken.map(({ all }) => all / posts),
    ),
    median(
      `${who}: one post, session and all`,
      "s",
      taken.flatMap(({ each }) => each),
    ),
  ].map((figure) => ({ ...figure, runs: figure.runs.length > 9 ? [] : figure.runs }));
}

async function inWorld(posts: number, post: (world: PhoneWorld) => Promise<number[]>): Promise<Taken> {
  const world = await phoneWorld(posts);
  try {
    const began = performance.now();
    const each = await post(world);
    const all = (performance.now() - began) / 1000;
    world.check();
    return { all, each: each.map((ms) => ms / 1000) };
  } finally {
    await world.end();
  }
}

/** One process a phone. */
async function bareLoops({ folder, adbPort, accounts, phones, jobs, env }: PhoneWorld): Promise<number[]> {
  const loops = accounts.map(async (account, n) => {
    const serial = phones[n]?.serial ?? "";
    await output(spawn("adb", ["connect", serial], { env }), "adb connect");
    const [port, systemPort] = [await freePort(), await freePort()];
    const own = jobs.filter((job) => job.account === account);
    const asked: BareAsked = { serial, adbPort, port, systemPort, account, folder, jobs: own };
    const said = await output(spawn(process.execPath, [BARE, JSON.stringify(asked)], { env }), "the bare loop");
    return JSON.parse(said.trim().split("\n").at(-1) ?? "") as number[];
  });
  return (await Promise.all(loops)).flat();
}

async function reprise({ folder, adbPort, accounts, phones, jobs, env }: PhoneWorld): Promise<number[]> {
  const bound = accounts.map((name, n) => `  - {name: ${name}, platform: sim-poster, device: "${phones[n]?.serial}"}`);
  const serials = JSON.stringify(phones.map(({ serial }) => serial));
  writeFileSync(
    join(folder, "reprise.config.yaml"),
    `devices:\n  provider: adb\n  adb_port: ${adbPort}\n  serials: ${serials}\naccounts:\n${bound.join("\n")}\n`,
  );
  const lines = jobs.map((job) => JSON.stringify({ ...job, platform: "sim-poster" }));
  writeFileSync(join(folder, "jobs.jsonl"), `${lines.join("\n")}\n`);
  const args = [
    "run",
    "jobs.jsonl",
    "--json",
    "--poster",
    POSTER,
    "--workers",
    `${phones.length}`,
    "--daily-limit",
    "0",
  ];
  const said = await output(spawn(process.execPath, [BIN, ...args], { cwd: folder, env }), "reprise");
  const events = said
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as EventLine);
  return events.flatMap((e) => (e.type === "attempt.finished" ? [e.duration_ms] : []));
}
