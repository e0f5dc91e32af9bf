// The config's `devices`: a provider, and what it needs to know.
import { minutes, seconds } from "../core/ids.ts";
import { nearest } from "../core/nearest.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { AdbPhones } from "../core/settings.ts";
import { FAR_FIELDS, FAR_KEYS, type FarEntry } from "./far-entry.ts";
import * as p from "./parsers.ts";
import type { Tree } from "./yaml-tree.ts";

/** Where nobody says otherwise. Appium's own range of system ports begins at 8200: ours keeps clear of a stranger's. */
export const ADB_PHONES: AdbPhones = {
  provider: "adb",
  serials: null,
  binary: "adb",
  adbPort: null,
  isPrivate: false,
  systemPorts: { from: 17_200, to: 17_299 },
  forceKillPorts: false,
  readyMs: seconds(60),
  accountType: null,
};

export type DevicesEntry = {
  /** As `--devices` has it. */
  text: string;
  line: number;
  /** For `--devices adb`, wherever that is said. */
  adb: AdbPhones;
  /** For `--devices geelark` and `stf`. */
  far: FarEntry;
};

type Refused = { line: number; message: string };
type Field = { read(value: Tree): Result<Partial<AdbPhones>, string> };

const leaf = <T>(parse: p.Parse<T>, take: (value: T) => Partial<AdbPhones>): Field => ({
  read(value) {
    const parsed = value.kind === "leaf" ? parse(value.text) : err("must be a single value");
    if (parsed.ok) return ok(take(parsed.value));
    return err(value.kind === "leaf" ? `is "${value.text}": ${parsed.error}` : parsed.error);
  },
});

const port = p.whole(1024, 65_535);

const FIELDS: Readonly<Record<string, Field>> = {
  serials: { read: readSerials },
  adb: leaf(p.text, (binary) => ({ binary })),
  adb_port: leaf(port, (adbPort) => ({ adbPort })),
  private: leaf(p.yesNo, (isPrivate) => ({ isPrivate })),
  system_ports: leaf(ports, (systemPorts) => ({ systemPorts })),
  ready: leaf(p.duration(seconds(1), minutes(30)), (readyMs) => ({ readyMs })),
  account_type: leaf(p.text, (accountType) => ({ accountType })),
};
const KEYS = [...new Set(["provider", "count", ...Object.keys(FIELDS), ...Object.keys(FAR_FIELDS)])];
/** What each provider takes beside its name. `none` takes all: it is for `--devices` to choose another. */
const KEYS_OF: ReadonlyMap<string, readonly string[]> = new Map([
  ["simulated", ["count"]],
  ["adb", Object.keys(FIELDS)],
  ...Object.entries(FAR_KEYS),
]);

/** Reads `devices: {provider, ...}`. */
export function readDevices(value: Tree, line: number): Result<DevicesEntry, Refused> {
  if (value.kind !== "map") return err({ line, message: `devices must hold settings: ${KEYS.join(", ")}` });
  const adb = { ...ADB_PHONES };
  const far: FarEntry = {};
  for (const entry of value.entries) {
    if (entry.key === "provider" || entry.key === "count") continue;
    if (!KEYS.includes(entry.key)) return err({ line: entry.line, message: unknownKey(entry.key) });
    const reads = [
      [adb, FIELDS[entry.key]?.read(entry.value)],
      [far, FAR_FIELDS[entry.key]?.(entry.value)],
    ] as const;
    for (const [into, read] of reads) {
      if (read?.ok === false) return err({ line: entry.line, message: `devices.${entry.key} ${read.error}` });
      Object.assign(into, read?.value);
    }
  }
  return provided(value, { line, adb, far });
}

function provided(value: Tree & { kind: "map" }, { line, ...found }: Omit<DevicesEntry, "text">) {
  const provider = value.entries.find((e) => e.key === "provider");
  const count = value.entries.find((e) => e.key === "count");
  if (provider === undefined)
    return err({ line, message: "devices needs a provider: none, simulated, adb, geelark or stf" });
  const name = provider.value.kind === "leaf" ? provider.value.text : "";
  const strange = value.entries.find(({ key }) => key !== "provider" && KEYS_OF.get(name)?.includes(key) === false);
  if (strange !== undefined) return err({ line: strange.line, message: strangeKey(strange.key, name) });
  const many = count === undefined ? null : count.value.kind === "leaf" ? count.value.text : "";
  const text = name === "simulated" || many !== null ? `${name}:${many ?? "1"}` : name;
  return ok({ text, line: provider.line, ...found });
}

function readSerials(value: Tree): Result<Partial<AdbPhones>, string> {
  const items = value.kind === "list" ? value.items : [];
  const serials = items.flatMap(({ value: item }) => (item.kind === "leaf" ? [item.text] : []));
  if (value.kind !== "list" || serials.length < items.length || serials.length === 0)
    return err("must be a list of serials, such as [R58M12ABC, 10.0.0.7:5555], as `adb devices` shows them");
  const odd = serials.find((serial) => !/^[A-Za-z0-9[][A-Za-z0-9.:[\]_-]{0,259}$/.test(serial));
  if (odd !== undefined) return err(`holds "${odd}", which is no serial (like R58M12ABC or 10.0.0.7:5555)`);
  const twice = serials.find((serial, i) => serials.indexOf(serial) !== i);
  return twice === undefined ? ok({ serials }) : err(`names phone ${twice} twice`);
}

function ports(text: string): Result<AdbPhones["systemPorts"], string> {
  const [, from, to] = (/^(\d{4,5})-(\d{4,5})$/.exec(text.trim()) ?? []).map(Number);
  const isRange = from !== undefined && to !== undefined && from >= 1024 && to <= 65_535 && from < to;
  return isRange ? ok({ from, to }) : err("must be a range of ports from 1024 to 65535, such as 17200-17299");
}

/** Dropped in silence it would be believed to hold. */
function strangeKey(key: string, provider: string): string {
  const takers = [...KEYS_OF].flatMap(([name, keys]) => (keys.includes(key) ? [name] : []));
  return `devices.${key} is not for provider ${provider} but for ${takers.join(" and ")}: take it out`;
}

function unknownKey(key: string): string {
  const meant = nearest(key, KEYS);
  return `unknown key devices.${key}; ${meant === null ? `known here: ${KEYS.join(", ")}` : `did you mean devices.${meant}?`}`;
}
