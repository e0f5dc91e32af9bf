// node test/teeth/plant.ts [--bug NAME] [--most SEEDS]
// Plants each bug of planted-bugs.ts in a copy of the tree and plays seeds until one is broken. Exit 0: all are found.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Edit, PLANTED_BUGS, type PlantedBug } from "./planted-bugs.ts";

const { values } = parseArgs({ options: { bug: { type: "string" }, most: { type: "string", default: "5000" } } });
const root = fileURLToPath(new URL("../..", import.meta.url));
const chosen = PLANTED_BUGS.filter(({ name }) => values.bug === undefined || name === values.bug);

let found = 0;
for (const bug of chosen) {
  const seen = plantIn(copyOfTree(), bug);
  if (seen !== null) found++;
  console.log(
    `${bug.name}: ${seen === null ? `SURVIVED ${values.most} seeds` : `found after ${seen.seeds} seeds: ${seen.what}`}`,
  );
}
console.log(`${found} of ${chosen.length} found`);
process.exitCode = found === chosen.length ? 0 : 1;

function copyOfTree(): string {
  const copy = mkdtempSync(join(tmpdir(), "planted-"));
  for (const part of ["src", "test", "package.json", "tsconfig.json"])
    cpSync(join(root, part), join(copy, part), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  return copy;
}

function plantIn(copy: string, { edits }: PlantedBug): { seeds: number; what: string } | null {
  try {
    for (const edit of edits) apply(copy, edit);
    const args = ["test/sim/run-seeds.ts", "--seeds", `1..${values.most}`, "--until-broken"];
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: copy, encoding: "utf8", maxBuffer: 1e8 });
    const broken = /BROKEN seed (\d+)[^:]*: (.*)/.exec(stdout);
    if (broken === null && !stdout.includes("seeds per minute")) throw new Error(`it does not even run: ${stderr}`);
    return broken === null ? null : { seeds: Number(broken[1]), what: broken[2] ?? "" };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function apply(copy: string, { file, find, put }: Edit): void {
  const path = join(copy, file);
  const text = readFileSync(path, "utf8");
  if (text.split(find).length !== 2) throw new Error(`${file} does not hold exactly once: ${find}`);
  writeFileSync(
    path,
    text.replace(find, () => put),
  );
}
