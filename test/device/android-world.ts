// The Android example as its reader runs it: `--devices none`, one phone in ANDROID_SERIAL.
import { fileURLToPath } from "node:url";
import type { JobRow, World } from "../e2e/world.ts";
import type { AdbWorld } from "./adb-world.ts";

const POSTER = fileURLToPath(new URL("../../examples/android/poster.ts", import.meta.url));
const QUICK = ["--workers", "1", "--retry-delay", "0", "--settle", "1", "--daily-limit", "0"];

export async function runExample(w: World, adb: AdbWorld) {
  const [phone] = adb.phones;
  await adb.adb("start-server");
  await adb.adb("connect", phone.serial);
  const { PATH: _path, HOME: _home, ...environment } = adb.environment;
  const env = {
    ...environment,
    ANDROID_HOME: "/usr/lib/android-sdk",
    ANDROID_SERIAL: phone.serial,
    SIMULATED_PHONE: "1",
  };
  return w.run(["run", "jobs.jsonl", "--json", "--poster", POSTER, ...QUICK], { env });
}

export const rows = (n: number): JobRow[] =>
  Array.from({ length: n }, (_, i) => ({
    id: `j${i + 1}`,
    account: "anna",
    platform: "sim-poster",
    caption: `no. ${i + 1} 🎈`,
  }));
