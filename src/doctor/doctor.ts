// The door of this room: facts about an installation become findings, each with what to do about it. Pure.
import { campaignFindings } from "./about-campaign.ts";
import { fleetFindings } from "./about-fleet.ts";
import { folderFindings, machineFindings, quickFindings } from "./about-machine.ts";
import { providerFindings } from "./about-provider.ts";
import type { Facts } from "./facts.ts";
import type { Finding } from "./finding.ts";
import { probeFolder } from "./probe-folder.ts";

export type { Facts } from "./facts.ts";
export type { Finding } from "./finding.ts";
export { type PosterNeeds, posterNeeds } from "./poster-needs.ts";
export { probeClock } from "./probe-clock.ts";
export { probeFolder } from "./probe-folder.ts";
export { probeMedia } from "./probe-media.ts";
export { findCommand } from "./probe-poster.ts";

/** Judges all facts, in the order in which a person would mend them. */
export function diagnose(facts: Facts): Finding[] {
  const { fleet, provider } = facts;
  return [
    ...machineFindings(facts),
    ...campaignFindings(facts),
    ...fleetFindings(fleet),
    ...providerFindings(provider),
  ];
}

/** The part that is quick enough for the start of every run: problems of the folder, its disk and the clock. */
export const quickProblems = (stateDir: string, now: number): Finding[] =>
  quickFindings(probeFolder(stateDir), now).filter((f) => f.level === "problem");

/** What makes a state folder unfit for a ledger: who may write in it, and whether locks hold there. */
export const folderProblems = (stateDir: string): Finding[] =>
  folderFindings(probeFolder(stateDir)).filter((f) => f.level === "problem");

/** Warnings do not stop a run; a problem does, or would lose what it does. */
export const hasProblem = (findings: readonly Finding[]) => findings.some((f) => f.level === "problem");
