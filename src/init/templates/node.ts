// The posters in Node and TypeScript: one text, with types or without.

/** Writes a type, or nothing. */
type Typing = (type: string) => string;

const yours = (of: Typing) => `// Posts one job. reprise starts this once per attempt, with the job in variables:
//   REPRISE_ACCOUNT  whose post it is      REPRISE_MEDIA    absolute path of the file
//   REPRISE_JOB_ID   the job               REPRISE_CAPTION  the text
//   REPRISE_ACTION   post, verify or check REPRISE_DEVICE   the phone, as JSON
// As it is, it "posts" into the folder posted/, so that you can try everything. Your code goes where it says YOURS.
import { copyFileSync, existsSync, mkdirSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const given = (name${of(": string")})${of(": string")} => process.env[name] ?? "";
const safe = (text${of(": string")})${of(": string")} => text.replace(/[^\\w.-]/g, "_");
const folder = join(import.meta.dirname, "posted", safe(given("REPRISE_ACCOUNT")));
const post = join(folder, safe(given("REPRISE_JOB_ID")));

// YOURS: all that comes before the tap, such as opening the app and picking the file. May throw and be tried again.
async function prepare()${of(": Promise<void>")} {
  mkdirSync(folder, { recursive: true });
  copyFileSync(given("REPRISE_MEDIA"), post + ".draft");
  writeFileSync(post + ".txt", given("REPRISE_CAPTION") + "\\n");
}

// YOURS: the tap. After it the post may be live, whatever happens next: keep it the one last thing.
async function publish()${of(": Promise<void>")} {
  renameSync(post + ".draft", post + ".mp4");
}

// YOURS: is the post live? Only look, never post. (Without a way to look: take "verify: same" out of the config.)
async function isLive()${of(": Promise<boolean>")} {
  return existsSync(post + ".mp4");
}
`;

const protocol = (of: Typing) => `
/** Says one thing to reprise: a line of JSON on descriptor 3. */
function say(event${of(": object")})${of(": void")} {
  writeSync(3, JSON.stringify(event) + "\\n");
}

/** Asks before the tap. Only the line {"type":"go"} on descriptor 4 means go; its end means: do not post. */
async function mayPublish()${of(": Promise<boolean>")} {
  say({ type: "publishing" });
  const input = new Socket({ fd: 4 });
  try {
    for await (const line of createInterface({ input })) return JSON.parse(line).type === "go";
    return false;
  } finally {
    input.destroy();
  }
}

/** @returns the exit code */
async function makePost()${of(": Promise<number>")} {
  say({ type: "step", name: "opening" });
  // Know what is wrong? Say so, and it is believed:
  //   say({ type: "not_posted", category: "account", cause: "suspended", message: "logged out" }); return 77;
  // Otherwise the exit code is read (69, 75: phone or network; 65: this media; 77: this account; 78: this installation),
  // and for any other code the last lines of stderr.
  await prepare();
  if (!(await mayPublish())) return 75; // no go, no post
  await publish();
  say({ type: "posted", url: pathToFileURL(post + ".mp4").href });
  return 0;
}

switch (given("REPRISE_ACTION")) {
  case "post":
    process.exit(await makePost());
    break;
  case "verify":
    say({ type: "verified", posted: await isLive() });
    break;
  case "check":
    break;
  default:
    process.exit(64); // an action of a later version: never guess, a guess could post
}
`;

const untyped = () => "";
const typed = (type: string) => type;
export const NODE_POSTER = `#!/usr/bin/env node\n${yours(untyped)}${protocol(untyped)}`;
/** With the types that Node 24 strips. */
export const TYPESCRIPT_POSTER = `${yours(typed)}${protocol(typed)}`;
