// One entry of the config's list of accounts.
import { DEFAULT_PLATFORM } from "../core/job.ts";
import { nearest } from "../core/nearest.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { AccountSettings } from "../core/settings.ts";
import * as p from "./parsers.ts";
import type { Tree } from "./yaml-tree.ts";

const FIELDS: { [K in keyof AccountSettings as string]: p.Parse<Partial<AccountSettings>> } = {
  name: (text) => as("name", p.name(text)),
  platform: (text) => as("platform", p.name(text)),
  device: (text) => as("device", p.text(text)),
  timezone: (text) => as("timezone", p.zone(text)),
  daily_limit: (text) => as("dailyLimit", p.whole(0, 100_000)(text)),
  window: (text) => as("window", p.window(text)),
};

/** Reads `{name, platform, device, timezone, daily_limit, window}`; only the name must be there. */
export function readAccount(value: Tree, line: number): Result<AccountSettings, { line: number; message: string }> {
  if (value.kind !== "map") return err({ line, message: "an account must be a map with a name, such as {name: anna}" });
  const account: AccountSettings = {
    name: "",
    platform: DEFAULT_PLATFORM,
    device: null,
    timezone: null,
    dailyLimit: null,
    window: null,
  };
  for (const entry of value.entries) {
    const parse = FIELDS[entry.key];
    if (parse === undefined) return err({ line: entry.line, message: unknownField(entry.key) });
    const parsed = entry.value.kind === "leaf" ? parse(entry.value.text) : err("must be a single value");
    if (!parsed.ok) {
      const shown = entry.value.kind === "leaf" ? ` is "${entry.value.text}"` : "";
      return err({ line: entry.line, message: `${entry.key} of an account${shown}: ${parsed.error}` });
    }
    Object.assign(account, parsed.value);
  }
  return account.name === "" ? err({ line, message: "an account has no name" }) : ok(account);
}

function as<K extends keyof AccountSettings>(
  key: K,
  parsed: Result<AccountSettings[K], string>,
): Result<Partial<AccountSettings>, string> {
  const given: Partial<AccountSettings> = {};
  if (parsed.ok) given[key] = parsed.value;
  return parsed.ok ? ok(given) : parsed;
}

function unknownField(key: string): string {
  const meant = nearest(key, Object.keys(FIELDS));
  const advice = meant === null ? `known: ${Object.keys(FIELDS).join(", ")}` : `did you mean ${meant}?`;
  return `unknown key ${key} of an account; ${advice}`;
}
