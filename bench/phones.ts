// Posts over two simulated phones, with the real adb and two real Appium servers: by reprise, and by a bare loop with the same poster.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { EventLine } from "../src/core/events.ts";
import type { BareAsked } from "./bare-loop.ts";
import { cpuOf } from "./cpu.ts";
import { freePort, output, type PhoneWorld, phoneWorld } from "./phone-world.ts";
import { type Figure, median, type Section } from "./report.ts";
import { BIN, type Scale } from "./workload.ts";

/** Seconds: from the command to its end, each post from its own begin to its end, and of CPU in all processes, Appium's too. */
type Taken = { all: number; each: number[]; cpu: number };

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
  const share = (of: "all" | "cpu") => ours.map((taken, i) => (1 - (bare[i]?.[of] ?? 0) / taken[of]) * 100);
  return {
    section: `${posts} posts over 2 simulated phones, 2 Appium servers, one adb server`,
    figures: [
      ...figuresOf("bare loop", posts, bare),
      ...figuresOf("reprise", posts, ours),
      median("reprise: its share of the time from command to end", "%", share("all"), {
        why: "each post made once, bytes equal, by the phones' own log",
      }),
      median("reprise: its share of the CPU", "%", share("cpu"), {
        why: "the steadier figure on a machine that others use",
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
    median(
      `${who}: CPU a post, Appium and all`,
      "s",
      taken.map(({ cpu }) => cpu / posts),
    ),
  ].map((figure) => ({ ...figure, runs: figure.runs.length > 9 ? [] : figure.runs }));
}

async function inWorld(posts: number, post: (world: PhoneWorld) => Promise<number[]>): Promise<Taken> {
  const world = await phoneWorld(posts);
  try {
    const [began, cpuBefore] = [performance.now(), reapedMs()];
    const each = await post(world);
    const all = (performance.now() - began) / 1000;
    const cpu = (reapedMs() - cpuBefore) / 1000;
    world.check();
    return { all, each: each.map((ms) => ms / 1000), cpu };
  } finally {
    await world.end();
  }
}

/** CPU of all that this process started and that has ended: neither phones nor the adb server have, so far. */
const reapedMs = () => cpuOf(process.pid)?.reapedMs ?? 0;

/** One process a phone, each in a session of its own as our workers are: on a busy Linux the sessions share the CPU, not the processes. */
async function bareLoops({ folder, adbPort, accounts, phones, jobs, env }: PhoneWorld): Promise<number[]> {
  const loops = accounts.map(async (account, n) => {
    const serial = phones[n]?.serial ?? "";
    await output(spawn("adb", ["connect", serial], { env }), "adb connect");
    const [port, systemPort] = [await freePort(), await freePort()];
    const own = jobs.filter((job) => job.account === account);
    const asked: BareAsked = { serial, adbPort, port, systemPort, account, folder, jobs: own };
    const said = await output(
      spawn(process.execPath, [BARE, JSON.stringify(asked)], { env, detached: true }),
      "the bare loop",
    );
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
