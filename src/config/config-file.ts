// The config file: YAML, data only. Every value keeps its line.
import { readFile } from "node:fs/promises";
import { nearest } from "../core/nearest.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { AccountSettings } from "../core/settings.ts";
import { readAccount } from "./account-entry.ts";
import { type DevicesEntry, readDevices } from "./devices-entry.ts";
import { OPTION_LIST } from "./options.ts";
import type { Leaf, Tree } from "./yaml-tree.ts";

export type ConfigFile = {
  /** Scalar settings by config key, still as text. */
  settings: Map<string, Leaf>;
  accounts: { list: AccountSettings[]; line: number } | null;
  devices: DevicesEntry | null;
  /** Names of environment variables that posters do not get. */
  secrets: { list: string[]; line: number } | null;
};

/** Keys of the contract that a later version brings. */
const LATER = ["notify", "ledger", "metrics"];
const SETTINGS = OPTION_LIST.flatMap((o) => (o.configKey === null || o.configKey === "devices" ? [] : [o.configKey]));
const KNOWN = [...SETTINGS, "devices", "accounts", "secrets"];

/**
 * Reads a config file.
 *
 * @param shown  the file's name as messages show it
 * @returns `null` if there is no such file; the error is one line with file and line
 */
export async function readConfigFile(path: string, shown: string): Promise<Result<ConfigFile | null, string>> {
  let source: string;
  try {
    source = await readFile(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (code === "ENOENT") return ok(null);
    return err(`${shown} can't be read (${String(code ?? error)})`);
  }
  const { readTree } = await import("./yaml-tree.ts");
  const tree = readTree(source);
  if (!tree.ok) return err(`${shown}:${tree.error.line}: ${tree.error.message}`);
  const file: ConfigFile = { settings: new Map(), accounts: null, devices: null, secrets: null };
  const refused = takeMap(file, tree.value, "");
  return refused === null ? ok(file) : err(`${shown}:${refused.line}: ${refused.message}`);
}

type Refusal = { line: number; message: string } | null;

function takeMap(file: ConfigFile, map: Tree & { kind: "map" }, above: string): Refusal {
  for (const { key, line, value } of map.entries) {
    const refused = takeKey(file, { key: `${above}${key}`, line, value });
    if (refused !== null) return refused;
  }
  return null;
}

function takeKey(file: ConfigFile, { key, line, value }: { key: string; line: number; value: Tree }): Refusal {
  if (LATER.includes(key)) return { line, message: `${key} is not in this version yet: take it out` };
  if (key === "accounts") return takeAccounts(file, value, line);
  if (key === "devices") return takeDevices(file, value, line);
  if (key === "secrets") return takeSecrets(file, value, line);
  if (key === "rules") return takeRules(file, value, line);
  if (KNOWN.some((k) => k.startsWith(`${key}.`))) {
    if (value.kind === "map") return takeMap(file, value, `${key}.`);
    const inside = KNOWN.filter((k) => k.startsWith(`${key}.`)).map((k) => k.slice(key.length + 1));
    return { line, message: `${key} must hold settings: ${inside.join(", ")}` };
  }
  if (!KNOWN.includes(key)) return { line, message: unknownKey(key) };
  if (value.kind !== "leaf") return { line, message: `${key} must be a single value` };
  file.settings.set(key, { text: value.text, line });
  return null;
}

/** What a flag's name means here: `daily_limit` is `limits.daily`. */
const byFlag = (key: string) =>
  OPTION_LIST.find((o) => o.flag === `--${key.replaceAll(/[_.]/g, "-")}`)?.configKey ?? null;

function unknownKey(key: string): string {
  const named = byFlag(key);
  if (named !== null) return `unknown key ${key}; did you mean ${named}?`;
  const above = key.slice(0, key.lastIndexOf(".") + 1);
  const depth = above === "" ? 0 : above.split(".").length - 1;
  const beside = KNOWN.filter((k) => k.startsWith(above)).map((k) => k.split(".")[depth] ?? k);
  const meant =
    nearest(key.slice(above.length), beside) ??
    nearest(
      key.slice(above.length),
      KNOWN.map((k) => k.split(".").at(-1) ?? k),
    );
  const list = [...new Set(beside)].join(", ");
  const full =
    meant === null ? null : (KNOWN.find((k) => k === above + meant || k.endsWith(`.${meant}`)) ?? above + meant);
  return `unknown key ${key}; ${full === null ? `known here: ${list}` : `did you mean ${full}?`}`;
}

function takeDevices(file: ConfigFile, value: Tree, line: number): Refusal {
  const devices = readDevices(value, line);
  if (!devices.ok) return devices.error;
  file.devices = devices.value;
  file.settings.set("devices", { text: devices.value.text, line: devices.value.line });
  return null;
}

/** A list here, one text with a file a line on the command line. */
function takeRules(file: ConfigFile, value: Tree, line: number): Refusal {
  const items = value.kind === "list" ? value.items.map((i) => i.value) : [value];
  const files = items.flatMap((i) => (i.kind === "leaf" && i.text.trim() !== "" ? [i.text] : []));
  if (files.length < items.length) return { line, message: "rules must be a list of files, such as [rules.yaml]" };
  file.settings.set("rules", { text: files.join("\n"), line });
  return null;
}

function takeSecrets(file: ConfigFile, value: Tree, line: number): Refusal {
  const items = value.kind === "list" ? value.items : [];
  const list = items.flatMap((i) =>
    i.value.kind === "leaf" && /^[A-Za-z_]\w*$/.test(i.value.text) ? [i.value.text] : [],
  );
  if (value.kind !== "list" || list.length < items.length) {
    return { line, message: "secrets must be a list of names of environment variables (never their values)" };
  }
  file.secrets = { list, line };
  return null;
}

function takeAccounts(file: ConfigFile, value: Tree, line: number): Refusal {
  if (value.kind !== "list") return { line, message: "accounts must be a list, such as [{name: anna}, {name: ben}]" };
  const list: AccountSettings[] = [];
  for (const item of value.items) {
    const account = readAccount(item.value, item.line);
    if (!account.ok) return account.error;
    const { name, platform } = account.value;
    if (list.some((a) => a.name === name && a.platform === platform)) {
      return { line: item.line, message: `account ${name} is listed twice` };
    }
    list.push(account.value);
  }
  file.accounts = { list, line };
  return null;
}
