// node test/teeth/plant.mjs BUG.patch [MOST]
// Applies a patch to a copy of the tree and plays seeds until one is broken: says how many that took. Exit 0: found.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const [patch, most = "5000"] = process.argv.slice(2);
if (patch === undefined) {
  console.error("usage: node test/teeth/plant.mjs BUG.patch [MOST SEEDS]");
  process.exit(2);
}
const root = fileURLToPath(new URL("../..", import.meta.url));
const copy = mkdtempSync(join(tmpdir(), "planted-"));
try {
  for (const part of ["src", "test", "package.json", "tsconfig.json"])
    cpSync(join(root, part), join(copy, part), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  execFileSync("patch", ["-p1", "--no-backup-if-mismatch", "-i", resolve(patch)], { cwd: copy, stdio: "inherit" });
  const args = ["test/sim/run-seeds.ts", "--seeds", `1..${most}`, "--until-broken"];
  const { stdout } = spawnSync(process.execPath, args, { cwd: copy, encoding: "utf8", maxBuffer: 1e8 });
  const found = /BROKEN seed (\d+)[^:]*: (.*)/.exec(stdout);
  console.log(found === null ? `SURVIVED ${most} seeds` : `FOUND after ${found[1]} seeds: ${found[2]}`);
  process.exitCode = found === null ? 1 : 0;
} finally {
  rmSync(copy, { recursive: true, force: true });
}
