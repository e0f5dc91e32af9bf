// Where a provider's secret is: an environment variable, or a file that nobody else may read. Never a flag or the config file.
import { readFileSync, statSync } from "node:fs";
import { ok } from "../core/result.ts";
import { type Answer, providerFault } from "./devices.ts";

export type SecretPlace = { env: string } | { file: string };

/** The error names the place and what to do, never the value. */
export function readSecret(place: SecretPlace, env: Record<string, string | undefined>): Answer<string> {
  if ("file" in place) return readFile(place.file);
  const value = env[place.env]?.trim() ?? "";
  if (value !== "") return ok(value);
  return noSecret(`the environment variable ${place.env} is not set; put the provider's secret there`);
}

function readFile(file: string): Answer<string> {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return noSecret(`there is no file ${file} with the provider's secret`);
  if ((stat.mode & 0o077) !== 0) return noSecret(`others may read the secret in ${file}; chmod 600 ${file}`);
  try {
    const value = readFileSync(file, "utf8").trim();
    return value === "" ? noSecret(`the file ${file} with the provider's secret is empty`) : ok(value);
  } catch (error) {
    return noSecret(`the file ${file} can't be read (${String((error as NodeJS.ErrnoException).code ?? error)})`);
  }
}

const noSecret = (message: string) => providerFault("setup", "provider_auth", message);
