// Phones and what they stand on, in the order in which a person would mend them.
import { adbFindings, portFindings } from "./about-adb.ts";
import { appiumFindings, browserFindings, sdkFinding } from "./about-appium.ts";
import { phoneFindings } from "./about-phones.ts";
import type { FleetFacts } from "./facts-fleet.ts";
import type { Finding } from "./finding.ts";

export function fleetFindings({ adb, appium, sdk, browser, ports, ...phones }: FleetFacts): Finding[] {
  return [
    ...(adb === null ? [] : [...adbFindings(adb), ...phoneFindings(phones)]),
    ...(ports === null ? [] : portFindings(ports)),
    ...(appium === null ? [] : appiumFindings(appium)),
    ...(sdk === null ? [] : [sdkFinding(sdk)]),
    ...(browser === null ? [] : browserFindings(browser)),
  ];
}
