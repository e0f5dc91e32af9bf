// Runs what a newcomer copies out of an example's README, as it stands there, in a copy of the folder.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { World } from "./world.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The first block of commands in which reprise runs. */
function commandsOf(example: string): string {
  const readme = readFileSync(join(root, "examples", example, "README.md"), "utf8");
  const blocks = [...readme.matchAll(/^```(?:sh)?\n([\s\S]*?)^```$/gm)].map(([, block = ""]) => block);
  const found = blocks.find((block) => /\breprise run\b/.test(block));
  assert.ok(found !== undefined, `${example}/README.md runs reprise`);
  return found;
}

export type Followed = { code: number | null; said: string; dir: string };

/** Runs a README's commands with `reprise` and this `node` on the PATH; what they left in the background ends with them. */
export async function follow(t: TestContext, example: string, env: Record<string, string> = {}): Promise<Followed> {
  const { dir: home } = new World(t, []);
  const dir = join(home, example);
  cpSync(join(root, "examples", example), dir, { recursive: true });
  const bin = join(home, "bin");
  mkdirSync(bin);
  symlinkSync(process.execPath, join(bin, "node"));
  writeFileSync(join(bin, "reprise"), `#!/bin/sh\nexec node "${root}bin/reprise.mjs" "$@"\n`, { mode: 0o755 });
  const child = spawn("/bin/sh", ["-c", commandsOf(example)], {
    cwd: dir,
    env: { PATH: `${bin}:${process.env.PATH}`, HOME: home, LANG: "C.UTF-8", REPRISE_TEST_WORLD: home, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (d) => (said += d));
  const [code] = (await once(child, "exit")) as [number | null];
  try {
    process.kill(-(child.pid ?? 0), "SIGTERM"); // a site that was started with "&"
  } catch {
    // nothing is left of the group
  }
  return { code, said, dir };
}

/** Whose posts a witness's file holds, one a line. */
export const recorded = (file: string): string[] =>
  readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { account: string }).account)
    .sort();
