// What a command poster is given: its environment and the line on its standard input (4-posters-devices 4.1).
import type { PosterTask } from "../posters.ts";

export const EVENTS_FD = 3;
export const GO_FD = 4;

/** Linux takes at most 128 KiB for one `NAME=value`; longer values come on standard input only. */
const MAX_VARIABLE_BYTES = 128 * 1024 - 1;

/** All that a task may set; what it does not set must not come in from outside. */
const PER_TASK = [
  "REPRISE_ACTION",
  "REPRISE_JOB_ID",
  "REPRISE_ATTEMPT_ID",
  "REPRISE_ACCOUNT",
  "REPRISE_PLATFORM",
  "REPRISE_MEDIA",
  "REPRISE_CAPTION",
  "REPRISE_PASS",
  "REPRISE_WORKER",
  "REPRISE_DEVICE",
  "REPRISE_APPIUM_URL",
  "REPRISE_SYSTEM_PORT",
  "REPRISE_BASELINE",
  "REPRISE_EVIDENCE_DIR",
  "REPRISE_EVENTS_FD",
  "REPRISE_GO_FD",
];

export type Action = "post" | "verify" | "check";

/**
 * Our own environment less the secrets, with our commands at the end of PATH. The run's mark stays in.
 *
 * `REPRISE_NODE` is the Node that runs us, for posters in TypeScript: the first `node` of the PATH may be older.
 */
export function baseEnv(own: NodeJS.ProcessEnv, secrets: readonly string[], binDir: string): Record<string, string> {
  const hidden = new Set([...secrets, ...PER_TASK]);
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined && !hidden.has(name)) env[name] = value;
  }
  env.REPRISE_NODE = process.execPath;
  env.PATH = `${env.PATH ?? "/usr/local/bin:/usr/bin:/bin"}:${binDir}`;
  return env;
}

type Asked = { action: Action; task: PosterTask; appiumUrl: string | null };

export function posterEnv(base: Record<string, string>, { action, task, appiumUrl }: Asked): Record<string, string> {
  const { job, baseline, phone } = task;
  const env: Record<string, string> = {
    ...base,
    REPRISE_ACTION: action,
    REPRISE_JOB_ID: job.id,
    REPRISE_ATTEMPT_ID: task.attempt,
    REPRISE_ACCOUNT: job.account,
    REPRISE_PLATFORM: job.platform,
    REPRISE_MEDIA: job.media,
    REPRISE_CAPTION: job.caption,
    REPRISE_PASS: String(task.pass),
    REPRISE_WORKER: String(task.worker),
    REPRISE_DEVICE: JSON.stringify(deviceView(task)),
    REPRISE_EVIDENCE_DIR: task.evidenceDir,
    REPRISE_EVENTS_FD: String(EVENTS_FD),
    REPRISE_GO_FD: String(GO_FD),
  };
  if (baseline !== null) env.REPRISE_BASELINE = baseline;
  if (appiumUrl !== null) env.REPRISE_APPIUM_URL = appiumUrl;
  if (phone?.systemPort != null) env.REPRISE_SYSTEM_PORT = String(phone.systemPort);
  // so that a plain `adb shell` of the poster reaches the phone that it was given
  if (phone?.adbPort != null) {
    env.ANDROID_SERIAL = phone.serial;
    env.ANDROID_ADB_SERVER_PORT = String(phone.adbPort);
  }
  for (const name of PER_TASK) if (!fits(name, env[name])) delete env[name];
  return env;
}

/** One line of JSON; keys as in job files. */
export function inputLine(action: Action, task: PosterTask): string {
  const { job, attempt, pass, worker, tried, baseline } = task;
  const view = {
    id: job.id,
    account: job.account,
    platform: job.platform,
    media: job.media,
    caption: job.caption,
    priority: job.priority,
    pool: job.pool,
    data: job.data,
  };
  const rest = { attempt, pass, worker, tried, baseline, evidence_dir: task.evidenceDir };
  return `${JSON.stringify({ v: 1, action, job: view, device: deviceView(task), ...rest })}\n`;
}

function deviceView({ device, phone }: PosterTask) {
  if (device === null) return null;
  if (phone === null) return { serial: device };
  return { id: device, serial: phone.serial, adb_port: phone.adbPort, system_port: phone.systemPort };
}

function fits(name: string, value: string | undefined): boolean {
  if (value === undefined) return true;
  if (value.includes("\0")) return false;
  return (
    value.length * 3 < MAX_VARIABLE_BYTES - name.length ||
    Buffer.byteLength(value) <= MAX_VARIABLE_BYTES - name.length - 1
  );
}
