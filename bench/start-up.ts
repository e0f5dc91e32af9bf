// How long a person waits for the short commands, through the real bin.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Ledgers } from "./ledgers.ts";
import { measure } from "./measured.ts";
import { type Figure, median, missing, type Section } from "./report.ts";
import type { Scale } from "./workload.ts";

type Node = { path: string; version: string };

export async function startUp(ledgers: Ledgers, { starts }: Scale): Promise<Section> {
  const { stateDir, jobs } = await ledgers.large();
  const commands: [name: string, args: string[], atMost: number | null][] = [
    ["--version", ["--version"], 150],
    ["--help", ["--help"], null],
    [`status at ${jobs.toLocaleString("en")} jobs`, ["--state-dir", stateDir, "status"], 300],
  ];
  const figures: Figure[] = [median(`for comparison: node ${process.version} doing nothing`, "ms", bareStarts(starts))];
  const stock = stockNode();
  if (stock === null) figures.push(missing("through the machine's own node", "none on PATH"));
  const own = { path: process.execPath, version: process.version };
  for (const [name, args, atMost] of commands) {
    const nodes = stock === null ? [own] : [own, stock];
    const runs = await inTurn(nodes, args, starts);
    for (const node of nodes) {
      const wanted = atMost === null ? null : { atMost };
      figures.push(median(`${name}, bin read by node ${node.version}`, "ms", runs.get(node) ?? [], { wanted }));
    }
  }
  return { section: "start-up through bin/reprise.mjs", figures };
}

function bareStarts(starts: number): number[] {
  return Array.from({ length: starts }, () => {
    const began = performance.now();
    spawnSync(process.execPath, ["-e", "0"]);
    return performance.now() - began;
  });
}

async function inTurn(nodes: readonly Node[], args: string[], starts: number): Promise<Map<Node, number[]>> {
  const runs = new Map(nodes.map((node) => [node, [] as number[]]));
  for (let start = 0; start <= starts; start++) {
    for (const [node, ms] of runs) {
      const measured = await measure(args, { node: node.path });
      if (start > 0) ms.push(measured.ms); // the first fills caches
    }
  }
  return runs;
}

/** The first node on PATH that no package brought: what a user's shell would take. */
function stockNode(): Node | null {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules"));
  const path = folders.map((folder) => join(folder, "node")).find((file) => existsSync(file));
  if (path === undefined) return null;
  const version = spawnSync(path, ["--version"], { encoding: "utf8" }).stdout?.trim();
  return version ? { path, version } : null;
}
