// Appium, its drivers, the Android SDK they want, and the browser that the Chromium driver drives.
import { satisfies } from "semver";
import type { AppiumFacts, BrowserFacts, PackageFacts, SdkFacts } from "./facts-fleet.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

export function appiumFindings({ packages, home, node, poster }: AppiumFacts): Finding[] {
  if (home?.isSet && !home.isThere)
    return [
      problem(
        "appium",
        `APPIUM_HOME is ${home.folder}, which is not there`,
        "unset it, or name the folder with the drivers",
      ),
    ];
  const at = home?.isSet === true ? `APPIUM_HOME=${home.folder}` : (home?.folder ?? "");
  return packages.map((one) => packageFinding(one, { at, node, poster }));
}

type Place = { at: string; node: string; poster: string };

function packageFinding({ name, version, wanted, node: engines }: PackageFacts, { at, node, poster }: Place): Finding {
  const isDriver = name.startsWith("appium-");
  const check = isDriver ? name.replace(/^appium-(.*)-driver$/, "driver $1") : name;
  const isElsewhere = isDriver && at.startsWith("APPIUM_HOME=");
  const where = isElsewhere ? `in ${at}` : "here";
  const install = `npm i -D ${name}@${/\s/.test(wanted) ? `'${wanted}'` : wanted}`;
  const remedy = isElsewhere ? `unset APPIUM_HOME, or ${install} in that folder` : install;
  if (version === null) return problem(check, `${name} is not installed ${where}, and ${poster} needs it`, remedy);
  const shown = `${name} ${version}`;
  if (!satisfies(version, wanted, { includePrerelease: true }))
    return problem(check, `${shown}: ${wanted} is needed`, remedy);
  if (engines !== null && !satisfies(node, engines))
    return problem(
      check,
      `${shown} wants Node ${engines}, this is ${node}`,
      `run reprise with such a Node, or ${install}`,
    );
  return ok(check, shown);
}

export function sdkFinding({ variable, folder, isFolder, hasAdb, likely }: SdkFacts): Finding {
  const check = "android sdk";
  const remedy =
    likely === null
      ? "export ANDROID_HOME=FOLDER, the one that holds platform-tools/adb"
      : `export ANDROID_HOME=${likely} (this machine's adb lies there)`;
  if (variable === null) return problem(check, "neither ANDROID_HOME nor ANDROID_SDK_ROOT is set", remedy);
  if (!isFolder) return problem(check, `${variable} is ${folder}, which is no folder`, remedy);
  if (!hasAdb) return problem(check, `${variable} is ${folder}, where there is no platform-tools/adb`, remedy);
  return ok(check, `${variable}=${folder}`);
}

export function browserFindings({ browser, driver }: BrowserFacts): Finding[] {
  const install =
    "install Chromium and its driver (Debian: scripts/system-packages.sh), or correct the path in the poster";
  const missing = (check: string, { path }: BrowserFacts["browser"]) => problem(check, `there is no ${path}`, install);
  const found: Finding[] = [];
  if (!browser.isThere) found.push(missing("chromium", browser));
  if (!driver.isThere) found.push(missing("chromedriver", driver));
  if (found.length > 0) return found;
  const [mine, its] = [majorOf(browser.version), majorOf(driver.version)];
  const both = `${browser.path} ${browser.version ?? "(version not told)"}, ${driver.path} ${driver.version ?? "(version not told)"}`;
  if (driver.version === null)
    return [problem("chromedriver", `${driver.path} does not say its version: no chromedriver?`, install)];
  if (browser.version === null) return [warning("chromium", both, `see what "${browser.path} --version" does`)];
  if (mine !== its)
    return [problem("chromedriver", `${both}: a driver goes with one version`, `install chromedriver ${mine}`)];
  return [ok("chromium", both)];
}

const majorOf = (version: string | null) => /^\d+/.exec(version ?? "")?.[0] ?? null;
