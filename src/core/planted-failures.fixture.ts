// Failures of planted causes, worded as phones, drivers, providers and screens word them: no two alike, from a seed.
import type { Evidence } from "./failure.ts";
import type { KnownWords } from "./template.ts";

export type Planted = { cause: string; evidence: Evidence; known: KnownWords };

/** What a generated failure is made of. */
type Cast = {
  pick: <T>(from: readonly T[]) => T;
  int: (max: number) => number;
  hex: (length: number) => string;
  uuid: () => string;
  port: () => number;
  ip: () => string;
  time: () => string;
  known: { account: string; device: string; job: string; media: string; caption: string };
};

const ACCOUNTS = [
  "foodie.ana",
  "run_daily",
  "tinyhouses",
  "error",
  "studio_42",
  "device",
  "o'hara",
  "max.steps",
  "café.lisboa",
];
const CAPTIONS = [
  "Sunrise over the harbour",
  "Why our device was offline for 3 days (and why it's fine)",
  'She said "never again" and did it again',
  "action blocked? try again later! #socialmedia #2026",
  "Neue Kollektion ab 12:30 Uhr",
  "https://shop.example/sale 50% off, today only",
  "日本の朝ごはん",
];
const COMMANDS = [
  "shell getprop ro.build.version.sdk",
  "shell dumpsys window",
  "push /tmp/up/a.mp4 /sdcard/DCIM",
  "shell input tap 500 112",
  "shell am start -n com.app/.Main",
];
const REQUESTS = [
  "element",
  "element/00000000-0000-003d-0000-002500000002/click",
  "source",
  "screenshot",
  "appium/device/press_keycode",
];

/** Eight causes of an ordinary night; what one says varies in everything but its cause. */
const CAUSES: Readonly<Record<string, (c: Cast) => Evidence>> = {
  device_unplugged: (c) => ({
    step: c.pick(["opening", "typing caption", "media"]),
    message: wrapped(
      c,
      `adb: error: device '${c.pick([c.known.device, c.ip(), `emulator-${5554 + c.int(40)}`])}' not found`,
    ),
  }),
  adb_stuck: (c) => ({
    step: c.pick(["opening", "session"]),
    message: wrapped(
      c,
      `Error executing adbExec. Original error: 'Command '${c.pick(["/usr/lib/android-sdk/platform-tools/adb", "C:\\Users\\op\\sdk\\adb.exe"])} -P ${c.port()} -s ${c.known.device} ${c.pick(COMMANDS)}' timed out after ${20000 + c.int(9) * 1000}ms'. Try to increase the ${20000 + c.int(9)}ms adb execution timeout represented by 'adbExecTimeout' capability`,
    ),
  }),
  instrumentation_died: (c) => ({
    step: "posting",
    errorName: "WebDriverError",
    message: `WebDriverError: '${c.pick(["POST /element", "GET /source", "POST /actions"])}' cannot be proxied to UiAutomator2 server because the instrumentation process is not running (probably crashed). Check the server log and/or the logcat output for more details when running "${c.pick(REQUESTS)}" with method "${c.pick(["GET", "POST"])}"${stack(c)}`,
  }),
  appium_down: (c) => ({
    step: "session",
    errno: "ECONNREFUSED",
    message: wrapped(
      c,
      `WebDriverError: Request failed with error code ECONNREFUSED when running "http://${c.pick(["127.0.0.1", "localhost"])}:${c.port()}/session${c.pick(["", `/${c.uuid()}/element`])}" with method "POST"`,
    ),
  }),
  provider_down: (c) => {
    const [http, words] = c.pick([
      [502, "Bad Gateway"],
      [503, "Service Unavailable"],
      [504, "Gateway Timeout"],
    ] as const);
    return {
      step: "provider",
      http,
      message: `HTTP ${http} ${words}: {"message":"${words}","request_id":"${c.uuid()}"}`,
    };
  },
  suspended: (c) => ({
    step: "navigation",
    message: c.pick([
      "suspended: we suspended your account",
      `suspended: we suspended your account - Vision analysis: This screen shows an Instagram account suspension notice for user "${c.known.account}". The account was suspended on ${c.pick(["December", "March"])} ${1 + c.int(28)}, 2025. There is a "Disagree with decision" button.`,
      `We suspended your account, ${c.known.account}\nYou have ${c.int(180)} days left to disagree`,
    ]),
  }),
  share_button_moved: (c) => ({
    step: "sharing",
    message: wrapped(
      c,
      `Can't call click on element with selector "${c.pick(["//android.widget.Button[@text='Share']", "~Share", "com.app:id/share_button"])}" because element wasn't found after ${c.int(9000)}ms on "${c.known.caption}"`,
    ).replace("com.app:id/share_button", "~Share"),
  }),
  sdk_missing: () => ({
    step: "session",
    message:
      "Neither ANDROID_HOME nor ANDROID_SDK_ROOT environment variable was exported. Read https://developer.android.com/studio/command-line/variables for more details",
  }),
};

/** As loggers and languages hand an error on: a time stamp, a tag, a class name, a stack, a log around it. */
function wrapped(c: Cast, text: string): string {
  return c.pick([
    () => text,
    () => `[${c.time()}] worker ${1 + c.int(32)}: ${text}`,
    () => `${c.time()} ERROR ${text}`,
    () => `Error: ${text}${stack(c)}`,
    () => `starting ${c.known.job} for ${c.known.account}\nusing ${c.known.media}\n${text}\n`,
    () => `Exception: ${text}`,
  ])();
}

function stack(c: Cast): string {
  return `\n    at Poster.post (file:///srv/app-${c.hex(8)}/poster.ts:${c.int(400)}:${c.int(80)})\n    at process.processTicksAndRejections (node:internal/process/task_queues:${c.int(200)}:5)`;
}

/** `n` failures in an order that tells nothing, causes in turn. */
export function plantedFailures(n: number, seed: number): Planted[] {
  const names = Object.keys(CAUSES);
  const random = mulberry(seed);
  return Array.from({ length: n }, (_, i) => {
    const c = castOf(random);
    const cause = names[i % names.length] ?? "";
    const evidence = CAUSES[cause]?.(c) ?? { message: "" };
    return { cause, evidence, known: c.known };
  });
}

function castOf(random: () => number): Cast {
  const int = (max: number) => Math.floor(random() * max);
  const pick = <T>(from: readonly T[]) => from[int(from.length)] as T;
  const hex = (length: number) => Array.from({ length }, () => int(16).toString(16)).join("");
  const ip = () => `10.0.${int(256)}.${int(256)}:${5555 + int(100)}`;
  const device = pick([
    `R58M${hex(6).toUpperCase()}`,
    ip(),
    `cloud-${int(9999)}`,
    `emulator-${5554 + 2 * int(50)}`,
    "pixel-rack",
  ]);
  return {
    int,
    pick,
    hex,
    ip,
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
    port: () => 4723 + int(2000),
    time: () => `2026-11-${10 + int(20)}T${10 + int(14)}:${10 + int(50)}:${10 + int(50)}.${100 + int(900)}Z`,
    known: {
      account: pick(ACCOUNTS),
      device,
      job: `j${int(5000)}`,
      media: `/media/batch ${int(9)}/clip-${hex(4)}.mp4`,
      caption: pick(CAPTIONS),
    },
  };
}

function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
