// A look at the packages a session needs, for the doctor: by their manifests alone, since Appium takes seconds to list its drivers.
import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { findAppium } from "./installed.ts";

export type AppiumCheckup = {
  home: { folder: string; isThere: boolean; isSet: boolean } | null;
  packages: { name: string; version: string | null; node: string | null }[];
};

/**
 * @param folders  from which Appium is looked for, nearest first
 * @param home     APPIUM_HOME, if it is set
 * @param drivers  by their short names: `uiautomator2`
 */
export function checkUpAppium(
  folders: readonly string[],
  home: string | undefined,
  drivers: readonly string[],
): AppiumCheckup {
  const installed = installedOr(null, folders, home);
  const at = installed === null ? (home ?? null) : installed.home;
  const packages = [
    ["appium", installed === null ? null : dirname(installed.entry)],
    ...drivers.map((d) => [packageOf(d), at === null ? null : join(at, "node_modules", packageOf(d))]),
    ["webdriverio", whereIs("webdriverio")],
  ] as [string, string | null][];
  return {
    home: at === null ? null : { folder: at, isSet: home !== undefined, isThere: isFolder(at) },
    packages: packages.map(([name, folder]) => ({ name, ...manifestOf(folder) })),
  };
}

const packageOf = (driver: string) => `appium-${driver}-driver`;

function installedOr<T>(none: T, folders: readonly string[], home: string | undefined) {
  try {
    return findAppium(folders, home);
  } catch {
    return none; // not installed: told by its missing version
  }
}

/** As `session.ts` will find it: from here, not from the poster. */
function whereIs(name: string): string | null {
  for (const folder of createRequire(import.meta.url).resolve.paths(name) ?? []) {
    const at = join(folder, name);
    if (isFolder(at)) return at;
  }
  return null;
}

function manifestOf(folder: string | null): { version: string | null; node: string | null } {
  try {
    const manifest = JSON.parse(readFileSync(join(folder ?? "", "package.json"), "utf8")) as Record<string, unknown>;
    const node = (manifest.engines as Record<string, unknown> | undefined)?.node;
    const { version } = manifest;
    return { version: typeof version === "string" ? version : null, node: typeof node === "string" ? node : null };
  } catch {
    return { version: null, node: null }; // not there, or no package
  }
}

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
