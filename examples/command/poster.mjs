#!/usr/bin/env node
// The same poster in Node: it "posts" into outbox/<account>/. See poster.sh for what reprise hands over and expects.
import { existsSync, readFileSync, writeSync } from "node:fs";
import { copyFile, mkdir, rename, writeFile } from "node:fs/promises";
import { Socket } from "node:net";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";

const { env } = process;
const here = dirname(fileURLToPath(import.meta.url));
const job = JSON.parse(readFileSync(0, "utf8")); // the whole job, one line on stdin; its main fields are variables too
const outbox = join(env.OUTBOX ?? join(here, "outbox"), env.REPRISE_ACCOUNT);
const post = join(outbox, env.REPRISE_JOB_ID.replace(/[^\w.-]/g, "_"));

/** One event, one line, on descriptor 3. */
const say = (event) => writeSync(Number(env.REPRISE_EVENTS_FD ?? 3), `${JSON.stringify(event)}\n`);

/** Asks before the tap. Only the line {"type":"go"} means go; end of file means: do not post. */
async function mayPublish() {
  say({ type: "publishing" });
  // A socket, not fs.createReadStream: that one would go on reading in a thread, and keep this process from ending.
  const input = new Socket({ fd: Number(env.REPRISE_GO_FD ?? 4) });
  try {
    for await (const line of createInterface({ input })) return JSON.parse(line).type === "go";
    return false;
  } finally {
    input.destroy();
  }
}

async function makePost() {
  say({ type: "step", name: "opening" });
  if (existsSync(join(outbox, "BLOCKED"))) {
    say({
      type: "not_posted",
      category: "account",
      cause: "suspended",
      message: `${env.REPRISE_ACCOUNT} may not post`,
    });
    return 77;
  }
  await mkdir(outbox, { recursive: true });
  await copyFile(env.REPRISE_MEDIA, `${post}.draft`);
  await writeFile(`${post}.txt`, `${env.REPRISE_CAPTION}\n`);
  if (!(await mayPublish())) return 75;
  await rename(`${post}.draft`, `${post}.mp4`); // the tap
  say({ type: "posted", url: pathToFileURL(`${post}.mp4`).href });
  return 0;
}

switch (env.REPRISE_ACTION) {
  case "post":
    process.exit(await makePost());
    break;
  case "verify":
    say({ type: "verified", posted: existsSync(`${post}.mp4`) });
    break;
  case "check":
    break;
  default:
    console.error(`action ${env.REPRISE_ACTION} is not known (job ${job.id ?? env.REPRISE_JOB_ID})`);
    process.exit(64);
}
