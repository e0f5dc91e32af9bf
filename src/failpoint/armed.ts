// Armed failpoints. Hits are counted over all processes of a test by files that can be made only once, so that "the second
// hit" means one thing however many workers there are and however often they are replaced.
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { RepriseError } from "../core/errors.ts";
import { FAILPOINTS, type Failpoint } from "./names.ts";

const ACTIONS = ["kill", "stop", "throw"] as const;
type Arm = { name: Failpoint; action: (typeof ACTIONS)[number]; hit: number };
type Env = Readonly<Record<string, string | undefined>>;

const FORM = /^([a-z_.]+)=(\w+)(?:@(\d+))?$/;
const MEANT = "yes, break this run";

/**
 * Reads `REPRISE_FAILPOINTS`: `NAME=kill|stop|throw[@HIT]`, comma between; or `count`. `REPRISE_FAILPOINTS_DIR` gets a file
 * `NAME.HIT` with the pid for each hit, before anything is done.
 */
export function readArms(env: Env): (name: Failpoint) => void {
  const { REPRISE_FAILPOINTS: asked = "", REPRISE_FAILPOINTS_DIR: dir = "" } = env;
  if (env.REPRISE_FAILPOINTS_MEANT !== MEANT)
    throw refused(
      `only for tests: it kills this program on purpose; unset it, or set REPRISE_FAILPOINTS_MEANT="${MEANT}"`,
    );
  if (dir === "") throw refused("REPRISE_FAILPOINTS_DIR must name the folder that hits are counted in");
  const arms = asked === "count" ? [] : asked.split(",").map(readArm);
  mkdirSync(dir, { recursive: true });
  return (name) => {
    const hit = countHit(dir, name);
    for (const arm of arms) if (arm.name === name && arm.hit === hit) act(arm);
  };
}

function readArm(text: string): Arm {
  const [, name = "", word, hit = "1"] = FORM.exec(text) ?? [];
  const action = ACTIONS.find((a) => a === word);
  if (!isFailpoint(name) || action === undefined)
    throw refused(`"${text}" is none: NAME=kill|stop|throw[@HIT]; names: reprise failpoints`);
  return { name, action, hit: Number(hit) };
}

const isFailpoint = (name: string): name is Failpoint => Object.hasOwn(FAILPOINTS, name);

function countHit(dir: string, name: Failpoint): number {
  for (let hit = 1; ; hit++) {
    try {
      const fd = openSync(join(dir, `${name}.${hit}`), "wx");
      writeSync(fd, String(process.pid));
      closeSync(fd);
      return hit;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

function act({ name, action }: Arm): void {
  if (action === "throw") throw new Error(`failpoint ${name}`);
  process.kill(process.pid, action === "kill" ? "SIGKILL" : "SIGSTOP");
}

const refused = (what: string) => new RepriseError("usage", `REPRISE_FAILPOINTS: ${what}`);
