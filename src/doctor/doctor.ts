// The door of this room: facts about an installation become findings, each with what to do about it. Pure.
import { campaignFindings } from "./about-campaign.ts";
import { machineFindings } from "./about-machine.ts";
import type { Facts } from "./facts.ts";
import type { Finding } from "./finding.ts";

export type { Facts } from "./facts.ts";
export type { Finding, Level } from "./finding.ts";
export { probeClock } from "./probe-clock.ts";
export { probeFolder } from "./probe-folder.ts";
export { probeMedia } from "./probe-media.ts";
export { findCommand } from "./probe-poster.ts";

/** Judges all facts, in the order in which a person would mend them. */
export function diagnose(facts: Facts): Finding[] {
  return [...machineFindings(facts), ...campaignFindings(facts)];
}

/** Warnings do not stop a run; a problem does, or would lose what it does. */
export const hasProblem = (findings: readonly Finding[]) => findings.some((f) => f.level === "problem");
