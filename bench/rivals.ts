// `xargs -P` and GNU parallel, running the same program as often.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";

export type Rival = { name: string; command: string; args(workers: number): string[]; absent: string };

/** All run `sh -c true` once a line, as reprise runs `--exec true`. */
export const RIVALS: readonly Rival[] = [
  {
    name: "xargs -P",
    command: "xargs",
    args: (workers) => ["-P", `${workers}`, "-n", "1", "sh", "-c", "true"],
    absent: "not installed (Debian package findutils)",
  },
  {
    name: "GNU parallel",
    command: "parallel",
    args: (workers) => ["--will-cite", `-j${workers}`, "sh", "-c", "true"],
    absent: "not installed (Debian package parallel)",
  },
];

export const isInstalled = ({ command }: Rival) => spawnSync(command, ["--version"]).status === 0;

/** @returns jobs a second, its own start included */
export async function runRival(rival: Rival, workers: number, jobs: number): Promise<number> {
  const began = performance.now();
  const child = spawn(rival.command, rival.args(workers), { stdio: ["pipe", "ignore", "inherit"] });
  child.stdin.end(Array.from({ length: jobs }, (_, i) => `${i}\n`).join(""));
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`${rival.name} ended with exit code ${code}`);
  return (jobs * 1000) / (performance.now() - began);
}
