// Two simulated phones, an adb server that nobody else uses, and twenty videos: anew for each run, so that no run finds older posts.
import { type ChildProcess, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { box } from "../src/media/tiny-mp4.ts";
import { readPosts } from "../src/sim/phone/app/witness.ts";
import { type PhoneProcess, startPhone } from "../src/sim/phone/phone-process.ts";
import { temporaryFolder } from "./workload.ts";

export type PhoneJob = { id: string; account: string; media: string; caption: string };
export type PhoneWorld = {
  folder: string;
  adbPort: number;
  accounts: readonly string[];
  phones: PhoneProcess[];
  jobs: PhoneJob[];
  env: NodeJS.ProcessEnv;
  /** @throws Error unless each job was posted exactly once, with the bytes of its file */
  check(): void;
  end(): Promise<void>;
};

const ACCOUNTS = ["anna", "bert"] as const;
const VIDEOS = fileURLToPath(new URL("../examples/command/media", import.meta.url));
/** Of each video: about what a phone's camera writes in a second. */
const BYTES = 1_000_000;

export async function phoneWorld(posts: number): Promise<PhoneWorld> {
  const folder = temporaryFolder("phones");
  const witness = join(folder, "posts.jsonl");
  const phones = await Promise.all(ACCOUNTS.map((account, n) => startPhone({ id: `SIM${n}`, account, witness })));
  const adbPort = await freePort();
  const env = {
    ...process.env,
    HOME: folder,
    ANDROID_HOME: process.env.ANDROID_HOME ?? "/usr/lib/android-sdk",
    ANDROID_ADB_SERVER_PORT: `${adbPort}`,
    SIMULATED_PHONE: "1",
  };
  execFileSync("adb", ["start-server"], { env, stdio: "ignore" });
  const jobs = makeJobs(folder, posts);
  return {
    folder,
    adbPort,
    accounts: ACCOUNTS,
    phones,
    jobs,
    env,
    check: () => checkPosts(witness, jobs),
    async end() {
      await Promise.all(phones.map((phone) => phone.end()));
      execFileSync("adb", ["kill-server"], { env, stdio: "ignore" });
    },
  };
}

/** Real videos, each with bytes of its own behind it, dealt to the accounts in turn. */
function makeJobs(folder: string, posts: number): PhoneJob[] {
  const videos = readdirSync(VIDEOS).map((name) => readFileSync(join(VIDEOS, name)));
  mkdirSync(join(folder, "media"));
  return Array.from({ length: posts }, (_, i) => {
    const media = join(folder, "media", `${i}.mp4`);
    const video = videos[i % videos.length] ?? Buffer.alloc(0);
    writeFileSync(media, Buffer.concat([video, box("free", Buffer.alloc(BYTES, `${i} `))]));
    return { id: `job-${i}`, account: ACCOUNTS[i % ACCOUNTS.length] ?? "", media, caption: `no. ${i} 🎈` };
  });
}

function checkPosts(witness: string, jobs: readonly PhoneJob[]): void {
  const made = readPosts(witness).map((p) => `${p.account} ${p.caption} ${p.media_sha256}`);
  const hash = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");
  const wanted = jobs.map((job) => `${job.account} ${job.caption} ${hash(job.media)}`);
  if (made.toSorted().join("\n") !== wanted.toSorted().join("\n"))
    throw new Error(`the phones' own log says something else than each job once:\n${made.join("\n")}`);
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return address !== null && typeof address === "object" ? address.port : 0;
}

/** What it printed, once it ended well. */
export function output(child: ChildProcess, what: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const said = { out: "", err: "" };
    child.stdout?.on("data", (chunk: Buffer) => (said.out += chunk.toString()));
    child.stderr?.on("data", (chunk: Buffer) => (said.err += chunk.toString()));
    child.once("close", (code) => {
      if (code === 0) resolve(said.out);
      else reject(new Error(`${what} ended with ${code}: ${said.err.slice(-1000)}${said.out.slice(-1000)}`));
    });
  });
}
