// Where Appium is installed. It is the user's, beside the poster; a checkout of reprise has its own.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { AppiumFailure } from "../appium.ts";

export type Installed = { entry: string; home: string };

/**
 * Looks for `node_modules/appium` in these folders and in all above them.
 *
 * @param home  `APPIUM_HOME`, if the user set it
 * @throws AppiumFailure of setup, with what to type
 */
export function findAppium(folders: readonly string[], home: string | undefined): Installed {
  const at = holderOf(folders);
  // The project that holds Appium is where it finds its drivers, if nobody says otherwise.
  if (at !== null) return { entry: entryIn(at), home: home ?? at };
  throw new AppiumFailure(
    "setup",
    "appium_missing",
    "Appium is not installed here: npm i -D appium webdriverio, and the driver, such as appium-uiautomator2-driver",
  );
}

export const isInstalled = (folders: readonly string[]): boolean => holderOf(folders) !== null;

const entryIn = (folder: string) => join(folder, "node_modules", "appium", "index.js");

/** The nearest folder that has Appium in its `node_modules`. */
function holderOf(folders: readonly string[]): string | null {
  for (const folder of folders) {
    for (let at = folder; ; at = dirname(at)) {
      if (existsSync(entryIn(at))) return at;
      if (at === dirname(at)) break;
    }
  }
  return null;
}
