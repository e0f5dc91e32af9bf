// What can go wrong with a phone, on command; one word per fault.

import type { Welcome } from "./adbd.ts";
import { APP_MODES, type AppMode } from "./app/posting-app.ts";

/** One line on the phone's control channel. Every command is answered by the phone's state. */
export type PhoneCommand =
  | { do: "state" }
  /** Cuts all adb connections; the phone can be reached again at once. */
  | { do: "drop" }
  /** Cuts the connection after so many more bytes came in, such as in the middle of a push. */
  | { do: "drop_after"; bytes: number }
  /** Nothing is answered over adb until `thaw`; the app goes on. */
  | { do: "freeze" }
  | { do: "thaw" }
  /** Room left for files; 0 = storage full. */
  | { do: "free_bytes"; bytes: number }
  /** The UiAutomator2 server dies. */
  | { do: "crash_instrumentation" }
  /** From now on it starts and never answers (`false`: back to normal). */
  | { do: "hang_instrumentation"; on: boolean }
  /** Off the network: connections cut, port closed, until `back`. Uploads stand still. */
  | { do: "gone" }
  | { do: "back" }
  /** Everything ends, comes back after `ms`; uploads go on then. */
  | { do: "reboot"; ms?: number }
  /** How computers that connect from now on are met. Living connections are cut. */
  | { do: "welcome"; how: Welcome }
  /** Asked for as `glogin PASSWORD` by every new connection, which is refused all else until then; `null` = no more. */
  | { do: "password"; password: string | null }
  /** The app has no network, or has it again. */
  | { do: "app_online"; on: boolean }
  /** Once, at the next tap on Share: it takes effect, and before it is answered this happens. */
  | { do: "on_share"; fault: PhoneCommand }
  | { do: "mode"; mode: AppMode }
  /** `booting`: answers commands, and is not through with its start. `locked`: its screen is. */
  | { do: "look"; as: "well" | "booting" | "locked" }
  /** Another account is logged in. */
  | { do: "account"; name: string }
  | { do: "upload_ms"; ms: number };

const WELCOMES: readonly string[] = ["accept", "hang", "close", "unauthorized"] satisfies Welcome[];
type Check = (command: Record<string, unknown>) => boolean;
const isCount = (value: unknown) => typeof value === "number" && value >= 0;
const COMMANDS: Record<PhoneCommand["do"], Check> = {
  state: () => true,
  drop: () => true,
  drop_after: ({ bytes }) => isCount(bytes),
  freeze: () => true,
  thaw: () => true,
  free_bytes: ({ bytes }) => isCount(bytes),
  crash_instrumentation: () => true,
  hang_instrumentation: ({ on }) => typeof on === "boolean",
  gone: () => true,
  back: () => true,
  reboot: ({ ms }) => ms === undefined || isCount(ms),
  welcome: ({ how }) => WELCOMES.includes(String(how)),
  password: ({ password }) => password === null || (typeof password === "string" && password !== ""),
  app_online: ({ on }) => typeof on === "boolean",
  on_share: ({ fault }) => isCommand(fault),
  mode: ({ mode }) => (APP_MODES as readonly string[]).includes(String(mode)),
  look: ({ as }) => ["well", "booting", "locked"].includes(String(as)),
  account: ({ name }) => typeof name === "string" && name !== "",
  upload_ms: ({ ms }) => isCount(ms),
};

function isCommand(raw: unknown): boolean {
  return typeof parseCommand(JSON.stringify(raw) ?? "") !== "string";
}

/** Reads one line. A string says in one line why it is no command. */
export function parseCommand(line: string): PhoneCommand | string {
  let raw: unknown;
  try {
    raw = JSON.parse(line);
  } catch {
    return `not JSON: ${line.slice(0, 80)}`;
  }
  const command = (typeof raw === "object" && raw !== null ? raw : {}) as Record<string, unknown>;
  const word = String(command.do);
  const isValid = Object.hasOwn(COMMANDS, word) ? COMMANDS[word as PhoneCommand["do"]] : undefined;
  if (isValid === undefined) return `no such command: ${word} (there are ${Object.keys(COMMANDS).join(", ")})`;
  return isValid(command) ? (command as PhoneCommand) : `a value of ${word} is missing or wrong: ${line.slice(0, 120)}`;
}
