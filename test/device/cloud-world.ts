// `reprise run --devices geelark` as a user runs it: the real command, a stand-in account with simulated phones, a real adb.
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import type { EventLine } from "../../src/core/events.ts";
import { GeelarkServer, type GeelarkServerOptions } from "../../src/sim/geelark/geelark-server.ts";
import { type LogEntry, summarise } from "../../src/sim/geelark/log.ts";
import { phoneBody } from "../../src/sim/geelark/phone-body.ts";
import { readPosts } from "../../src/sim/phone/app/witness.ts";
import type { Phone } from "../../src/sim/phone/phone.ts";
import { type Ended, type Running, World } from "../e2e/world.ts";
import { requireAdb } from "./adb-world.ts";

export const POSTER = fileURLToPath(new URL("../fixtures/adb-poster.sh", import.meta.url));
export const TOKEN = "stand-in-token";

export type CloudOptions = GeelarkServerOptions & {
  phones: number;
  accountsPerPhone: number;
  jobs: number;
  /** The stand-in's time goes so much faster than ours. */
  speed?: number;
  /** More lines under `devices:`. */
  config?: string[];
  /** Until a command is taken for hung. */
  longestMs?: number;
};

export class CloudWorld extends World {
  readonly server: GeelarkServer;
  readonly bodies: Phone[] = [];
  url = "";
  readonly #options: CloudOptions;

  constructor(t: TestContext, options: CloudOptions) {
    requireAdb();
    const accounts = accountsOf(options);
    const rows = Array.from({ length: options.jobs }, (_, i) => ({
      id: `j${i + 1}`,
      account: accounts[i % accounts.length]?.name ?? "",
    }));
    super(t, rows);
    this.#options = options;
    const began = Date.now();
    const now = () => began + (Date.now() - began) * (options.speed ?? 1);
    this.server = new GeelarkServer({ now, token: TOKEN, startMs: 300, adbMs: 100, ...options });
    t.after(() => this.server.close());
  }

  /** The platform's own log of posts. */
  get platform(): string {
    return `${this.dir}/witness.jsonl`;
  }

  /** Makes the phones and the config. */
  async built(): Promise<this> {
    const { phones, accountsPerPhone } = this.#options;
    const all = accountsOf(this.#options);
    for (let n = 1; n <= phones; n++) {
      const mine = all.slice((n - 1) * accountsPerPhone, n * accountsPerPhone).map(({ name }) => name);
      const options = { account: mine.join(","), witness: this.platform, port: 0, mode: "ok", uploadMs: 0 } as const;
      const { body, phone } = await phoneBody({ id: `CLOUD${n}`, ...options });
      this.bodies.push(phone);
      this.server.addPhone(n, { body });
    }
    this.url = await this.server.listen();
    this.configure(this.#options.config ?? []);
    return this;
  }

  /** @param devices  more lines under `devices:` */
  configure(devices: string[]): void {
    const lines = ["provider: geelark", `url: ${this.url}`, "group: fleet", "poll: 300ms", ...devices];
    const accounts = accountsOf(this.#options).map(({ name, device }) => `  - {name: ${name}, device: ${device}}`);
    const yaml = `devices:\n${lines.map((line) => `  ${line}`).join("\n")}\naccounts:\n${accounts.join("\n")}\n`;
    this.write("reprise.config.yaml", yaml);
  }

  cloud(...args: string[]): Running {
    const { longestMs } = this.#options;
    const env = { GEELARK_TOKEN: TOKEN };
    return this.start(this.runArgs(...args), longestMs === undefined ? { env } : { env, longestMs });
  }

  /** The command line of `cloud`; without words it takes the jobs in. */
  runArgs(...args: string[]): string[] {
    const flags = ["--exec", POSTER, "--verify-exec", "same", "--daily-limit", "0", "--settle", "0", "--json"];
    return ["run", ...flags, ...(args.length === 0 ? ["jobs.jsonl"] : args)];
  }

  /** `accounts repair` with the poster's own check. */
  repair(account: string, ...args: string[]): Running {
    const flags = ["--exec", POSTER, "--check-exec", "same", "--yes", "--json"];
    return this.start(["accounts", "repair", account, ...flags, ...args], { env: { GEELARK_TOKEN: TOKEN } });
  }

  posted(): string[] {
    return readPosts(this.platform).map(({ media_sha256 }) => media_sha256);
  }

  cost() {
    return summarise(this.server.log, this.server.now());
  }

  log<At extends LogEntry["at"]>(at: At): Extract<LogEntry, { at: At }>[] {
    return this.server.log.filter((entry): entry is Extract<LogEntry, { at: At }> => entry.at === at);
  }

  /** Each post once, every job done, no phone on, no secret told. */
  assertHome({ out, err, final, code, events }: Ended): void {
    const { jobs } = this.#options;
    assert.equal(final?.final_result, "all_complete", `exit ${code}: ${err.slice(-500)} ${troubles(events)}`);
    const posted = this.posted();
    assert.deepEqual([posted.length, new Set(posted).size], [jobs, jobs]);
    assert.deepEqual(this.cost().stillOn, []);
    assert.ok(!out.includes(TOKEN) && !err.includes(TOKEN), "the token is told");
  }
}

function accountsOf({ phones, accountsPerPhone }: CloudOptions): { name: string; device: string }[] {
  return Array.from({ length: phones * accountsPerPhone }, (_, i) => ({
    name: `acct${i + 1}`,
    device: `phone-${Math.floor(i / accountsPerPhone) + 1}`,
  }));
}

export const warnings = (events: readonly EventLine[]): string[] =>
  events.flatMap((e) => (e.type === "warning" ? [e.message] : []));

const troubles = (events: readonly EventLine[]): string =>
  events
    .flatMap((e) => {
      if (e.type === "attempt.finished" && e.failure !== null)
        return [`${e.job}: ${e.failure.cause} ${e.failure.message}`];
      if (e.type === "device.stopped" && e.fault !== null) return [`${e.device}: ${e.fault.cause} ${e.fault.message}`];
      return e.type === "warning" ? [e.message] : [];
    })
    .slice(0, 20)
    .join("\n");
