// The config's `devices` for a provider far away. Names where the secret is, never the secret.
import { minutes, seconds } from "../core/ids.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { FarPhones, RunSettings } from "../core/settings.ts";
import * as p from "./parsers.ts";
import type { Tree } from "./yaml-tree.ts";

/** `patience` is the run's, unless it says otherwise. */
type Said = Omit<FarPhones, "provider" | "secret" | "maxPhones" | "maxPhoneMinutes"> & {
  tokenEnv: string;
  tokenFile: string;
};
/** What the file says; the rest goes by defaults. */
export type FarEntry = Partial<Said>;
type Read = (value: Tree) => Result<FarEntry, string>;

const leaf =
  <T>(parse: p.Parse<T>, take: (value: T) => FarEntry): Read =>
  (value) => {
    const parsed = value.kind === "leaf" ? parse(value.text) : err("must be a single value");
    if (parsed.ok) return ok(take(parsed.value));
    return err(value.kind === "leaf" ? `is "${value.text}": ${parsed.error}` : parsed.error);
  };

const list =
  (take: (values: string[]) => FarEntry): Read =>
  (value) => {
    const items = value.kind === "list" ? value.items : [];
    const texts = items.flatMap(({ value: item }) => (item.kind === "leaf" && item.text !== "" ? [item.text] : []));
    if (value.kind !== "list" || texts.length < items.length || texts.length === 0)
      return err("must be a list of names");
    const twice = texts.find((text, i) => texts.indexOf(text) !== i);
    return twice === undefined ? ok(take(texts)) : err(`names ${twice} twice`);
  };

const variable: p.Parse<string> = (text) =>
  /^[A-Za-z_]\w*$/.test(text) ? ok(text) : err("must be the name of an environment variable, never a secret itself");

/** A token goes nowhere in the open, but to this machine or a network of one's own. */
const url: p.Parse<string> = (text) => {
  const parsed = URL.parse(text);
  if (parsed === null || !/^https?:$/.test(parsed.protocol) || parsed.username !== "" || parsed.search !== "")
    return err("must be an address such as https://farm.example, with no user, password or query in it");
  return ok(text.replace(/\/+$/, ""));
};

export const FAR_FIELDS: Readonly<Record<string, Read>> = {
  url: leaf(url, (given) => ({ url: given })),
  token_env: leaf(variable, (tokenEnv) => ({ tokenEnv })),
  token_file: leaf(p.text, (tokenFile) => ({ tokenFile })),
  app_id_env: leaf(variable, (appIdEnv) => ({ appIdEnv })),
  phones: list((phones) => ({ phones })),
  group: leaf(p.text, (group) => ({ group })),
  tags: list((tags) => ({ tags })),
  account_type: leaf(p.text, (accountType) => ({ accountType })),
  poll: leaf(p.duration(seconds(0.1), minutes(1)), (pollMs) => ({ pollMs })),
  idle: leaf(p.duration(seconds(0), minutes(60)), (idleMs) => ({ idleMs })),
  patience: leaf(p.duration(seconds(1), minutes(24 * 60)), (patienceMs) => ({ patienceMs })),
};

/** What STF has none of. */
const OF_GEELARK = ["app_id_env", "group", "tags"];
export const FAR_KEYS: Readonly<Record<FarPhones["provider"], readonly string[]>> = {
  geelark: Object.keys(FAR_FIELDS),
  stf: Object.keys(FAR_FIELDS).filter((key) => !OF_GEELARK.includes(key)),
};

const TOKEN_ENV = { geelark: "GEELARK_TOKEN", stf: "STF_TOKEN" };
/** Their documents ask for about a second at least; a phone takes half a minute to start. */
const POLL = { geelark: seconds(3), stf: seconds(1) };
const IDLE = { geelark: seconds(60), stf: seconds(30) };

export function farPhones(
  provider: FarPhones["provider"],
  { tokenEnv, tokenFile, ...said }: FarEntry,
  run: Pick<FarPhones, "maxPhones" | "maxPhoneMinutes" | "patienceMs">,
): Result<FarPhones, string> {
  if (tokenEnv !== undefined && tokenFile !== undefined)
    return err("devices.token_env and devices.token_file exclude each other: give one");
  if (provider === "stf" && said.url === undefined) return err("devices.url is missing: the address of your STF");
  const secret = tokenFile === undefined ? { env: tokenEnv ?? TOKEN_ENV[provider] } : { file: tokenFile };
  const plain = { url: null, appIdEnv: null, phones: null, group: null, tags: null, accountType: null };
  return ok({ provider, secret, ...plain, pollMs: POLL[provider], idleMs: IDLE[provider], ...run, ...said });
}

/** Variables of a provider's secrets: nobody but us needs them, so posters do not get them. Its usual one too: it may be set all the same. */
export function secretVariables(devices: RunSettings["devices"]): string[] {
  if (devices.provider !== "geelark" && devices.provider !== "stf") return [];
  const { secret, appIdEnv, provider } = devices;
  return [...("env" in secret ? [secret.env] : []), TOKEN_ENV[provider], ...(appIdEnv === null ? [] : [appIdEnv])];
}
