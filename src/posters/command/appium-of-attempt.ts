// The Appium behind one attempt. Whatever goes wrong with it, the attempt goes on, and its end is told.
import type { AppiumAddress } from "../../appium/appium.ts";
import type { PosterHooks, PosterTask } from "../posters.ts";

type Log = Pick<PosterHooks, "log">;

/** A little more than it needs by itself. An attempt that is stopped has 5 s, and its poster takes up to 2 s of them. */
const TIDY_MS = 2_500;

/** `null`: the attempt has no phone on adb, or there is no Appium to be had: a poster that needs one says so itself. */
export async function appiumFor(
  task: PosterTask,
  open: (() => Promise<AppiumAddress | null>) | undefined,
  { log }: Log,
): Promise<AppiumAddress | null> {
  if (open === undefined || task.phone?.adbPort == null) return null;
  try {
    return await open();
  } catch (e) {
    log(`no Appium for this attempt: ${String(e)}`);
    return null;
  }
}

/** To be called before another worker may have the phone. What is not tidy in time is ended with its server. Never rejects. */
export async function tidyUp(appium: AppiumAddress | null, { log }: Log): Promise<void> {
  if (appium === null) return;
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`not done after ${TIDY_MS} ms`)), TIDY_MS);
  try {
    await Promise.race([appium.tidy(), late.promise]);
  } catch (e) {
    log(`Appium is ended, its sessions could not be: ${String(e)}`);
    killed(appium, log);
  } finally {
    clearTimeout(timer);
  }
}

function killed(appium: AppiumAddress, log: Log["log"]): void {
  try {
    appium.kill();
  } catch (e) {
    log(`Appium could not be ended: ${String(e)}`);
  }
}
