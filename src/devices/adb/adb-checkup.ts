// A look at adb and at each phone, for the doctor: everything has a deadline, nothing stays, no server of others is touched.
import {
  parseAccounts,
  parseConnect,
  parseDevices,
  parseFree,
  parseMarked,
  parseVersion,
  withEndMark,
} from "./adb-output.ts";
import { askVersion, type ServerSeen } from "./adb-server.ts";
import { ASK_IDENTITY, parseIdentity } from "./identities.ts";
import { type AdbSettings, runAdb } from "./run-adb.ts";
import { parseSerial } from "./serial.ts";

export type AdbCheckup = {
  client: { is: "missing" } | { is: "mute" } | { is: "there"; protocol: number | null; release: string | null };
  server: ServerSeen;
  /** `null`: adb can't be asked. */
  phones: { serial: string; seen: PhoneCheckup }[] | null;
};

type PhoneCheckup =
  /** adb's own word, or `absent`, `refused`, `mute`, `nameless`. */
  | { is: "unusable"; state: string }
  | {
      is: "there";
      isBooted: boolean;
      name: string | null;
      boot: string | null;
      model: string | null;
      freeBytes: number | null;
      isLocked: boolean | null;
      accounts: string[];
    };

export type AdbCheckupOptions = AdbSettings & {
  /** `null`: all that adb lists. */
  serials: readonly string[] | null;
  accountType: string | null;
  /** For a server of this look's own. */
  freePort(): Promise<number>;
};

/** Of one adb command. A phone that needs longer is not one to post with. */
const DEADLINE_MS = 2_000;
const CUT = "@@";
const LOOK = [
  "getprop sys.boot_completed",
  ASK_IDENTITY,
  "getprop ro.product.model",
  "df /sdcard",
  "dumpsys window policy",
  "dumpsys account",
].join(`; echo ${CUT}; `);

/**
 * Looks at adb, its server and the phones.
 *
 * A phone that the server on our port has no living connection to, or all where none runs, are looked at through a server of our own on
 * another port, which is gone afterwards.
 */
export async function checkUpAdb(options: AdbCheckupOptions): Promise<AdbCheckup> {
  const [client, server] = await Promise.all([clientOf(options), askVersion(options.port)]);
  const isUsable = client.is === "there" && (server.is === "nobody" || isAgreed(server, client.protocol));
  return { client, server, phones: isUsable ? await phonesOf(options, server.is === "adb") : null };
}

const isAgreed = (server: ServerSeen, protocol: number | null) => server.is === "adb" && server.version === protocol;

/** Which adb there is; its server is left alone. */
export async function clientOf(settings: AdbSettings): Promise<AdbCheckup["client"]> {
  const run = await runAdb(settings, ["version"], { deadlineMs: DEADLINE_MS, isMarked: false });
  if (run.end === "no such program") return { is: "missing" };
  if (run.end !== "itself") return { is: "mute" };
  const release = /^Version ([\w.-]+)/m.exec(run.text)?.[1] ?? null;
  return { is: "there", protocol: parseVersion(run.text), release };
}

async function phonesOf(options: AdbCheckupOptions, hasServer: boolean): Promise<AdbCheckup["phones"]> {
  const own = ownServer(options);
  try {
    const settings = hasServer ? options : await own.settings();
    const listed = await list(settings);
    const serials = options.serials ?? [...listed.keys()];
    const looks = [...new Set(serials)].map(async (serial) => {
      const state = listed.get(serial) ?? null;
      if (state === "device" && parseSerial(serial) === null)
        return { serial, seen: { is: "unusable", state: "nameless" } as const };
      if (state === "device") return { serial, seen: await look(settings, serial, options.accountType) };
      // an entry that is offline is connected anew by a run: so it is by this look
      if (parseSerial(serial)?.kind === "tcp")
        return { serial, seen: await reach(await own.settings(), serial, options.accountType) };
      return { serial, seen: { is: "unusable", state: state ?? "absent" } as const };
    });
    return await Promise.all(looks);
  } finally {
    await own.end();
  }
}

/** A server for this look alone, started when it is first needed. */
function ownServer(options: AdbCheckupOptions) {
  let made: Promise<AdbSettings> | null = null;
  const start = async () => {
    const settings = { ...options, port: await options.freePort() };
    await runAdb(settings, ["start-server"], { deadlineMs: 2 * DEADLINE_MS });
    return settings;
  };
  return {
    settings(): Promise<AdbSettings> {
      made ??= start();
      return made;
    },
    async end(): Promise<void> {
      if (made === null) return;
      await runAdb(await made, ["kill-server"], { deadlineMs: DEADLINE_MS });
    },
  };
}

async function list(settings: AdbSettings): Promise<Map<string, string>> {
  const run = await runAdb(settings, ["devices", "-l"], { deadlineMs: DEADLINE_MS, isMarked: false });
  return new Map(parseDevices(run.text).map(({ serial, state }) => [serial, state]));
}

/** Connects through a server that only this look uses: an entry in another's would stay. */
async function reach(settings: AdbSettings, serial: string, accountType: string | null): Promise<PhoneCheckup> {
  const run = await runAdb(settings, ["connect", serial], { deadlineMs: DEADLINE_MS, isMarked: false });
  if (run.end === "deadline") return { is: "unusable", state: "mute" };
  const outcome = parseConnect(run.text);
  if (outcome === "unauthorized") return { is: "unusable", state: "unauthorized" };
  if (outcome !== "connected") return { is: "unusable", state: outcome === "refused" ? "refused" : "mute" };
  const state = (await list(settings)).get(serial) ?? "absent";
  return state === "device" ? look(settings, serial, accountType) : { is: "unusable", state };
}

async function look(settings: AdbSettings, serial: string, accountType: string | null): Promise<PhoneCheckup> {
  const args = ["-s", serial, "shell", withEndMark(LOOK)];
  const run = await runAdb(settings, args, { deadlineMs: DEADLINE_MS, isMarked: false });
  if (run.end === "deadline") return { is: "unusable", state: "mute" };
  const end = parseMarked(run.text);
  if (end === null)
    return { is: "unusable", state: run.exit === 0 ? "lost" : (/device (\w+)/.exec(run.text)?.[1] ?? "mute") };
  const [booted = "", identity = "", model = "", disk = "", window = "", account = ""] = end.out.split(`${CUT}\n`);
  return {
    is: "there",
    isBooted: booted.trim() === "1",
    ...parseIdentity(identity),
    model: model.trim() || null,
    freeBytes: parseFree(disk),
    isLocked: parseLocked(window),
    accounts: parseAccounts(account, accountType),
  };
}

/** `dumpsys window policy`: the words of Android 8 to 15, and older ones. `null`: none of them. */
function parseLocked(text: string): boolean | null {
  const told = /\b(?:showing|mShowingLockscreen|mIsShowing|isKeyguardShowing|mDreamingLockscreen)=(true|false)\b/.exec(
    text,
  );
  return told === null ? null : told[1] === "true";
}
