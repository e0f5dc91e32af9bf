// One adb client process: no shell, a clean environment, a deadline.
import { execFile } from "node:child_process";
import { MARK_VARIABLE } from "../../host/host.ts";

export type AdbSettings = {
  /** Path or name of the adb program. */
  binary: string;
  /** Port of the adb server. */
  port: number;
  /** Folder with the `.android` folder of keys that phones have accepted. */
  home: string;
  /** Mark of our processes; `null` = none. */
  mark: string | null;
};

export type AdbRun = {
  /** Exit code; `null`: ended by us. */
  exit: number | null;
  /** stdout and stderr: adb puts the reason on either. */
  text: string;
  end: "itself" | "deadline" | "stopped" | "no such program";
};

const MAX_OUTPUT = 8 * 1024 * 1024;
const KEPT = ["PATH", "TMPDIR", "LANG", "ADB_VENDOR_KEYS"];

/** What adb gets to know. Variables that would redirect it (`ANDROID_SERIAL`, `ADB_SERVER_SOCKET`, ...) are left out. */
function adbEnvironment(settings: AdbSettings, isMarked: boolean): Record<string, string> {
  const kept = KEPT.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  const mark = isMarked && settings.mark !== null ? { [MARK_VARIABLE]: settings.mark } : {};
  return { ...Object.fromEntries(kept), HOME: settings.home, ANDROID_ADB_SERVER_PORT: String(settings.port), ...mark };
}

export type RunOptions = { deadlineMs: number; halt?: AbortSignal; isMarked?: boolean };

/** Never rejects. */
export function runAdb(settings: AdbSettings, args: string[], options: RunOptions): Promise<AdbRun> {
  const { deadlineMs, halt, isMarked = true } = options;
  const deadline = AbortSignal.timeout(deadlineMs);
  const signal = halt === undefined ? deadline : AbortSignal.any([deadline, halt]);
  return new Promise((resolve) => {
    execFile(
      settings.binary,
      args,
      { env: adbEnvironment(settings, isMarked), signal, killSignal: "SIGKILL", maxBuffer: MAX_OUTPUT },
      (error, stdout, stderr) => {
        const text = `${stdout}${stderr}`;
        if (error === null) resolve({ exit: 0, text, end: "itself" });
        else if (error.code === "ENOENT" || error.code === "EACCES")
          resolve({ exit: null, text: String(error.message), end: "no such program" });
        else if (signal.aborted) resolve({ exit: null, text, end: halt?.aborted ? "stopped" : "deadline" });
        else resolve({ exit: typeof error.code === "number" ? error.code : null, text, end: "itself" });
      },
    );
  });
}
