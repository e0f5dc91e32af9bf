// The lines around a pass, as scripts have read them since the first version: not to be reworded.
import type { EventLine } from "../core/events.ts";
import type { Millis } from "../core/ids.ts";
import type { PassStats } from "../core/tally.ts";

const HEAVY = "=".repeat(60);
const LIGHT = "-".repeat(60);

export function passHeader(pass: number, maxPasses: number): string[] {
  return [HEAVY, `=== PASS ${pass} OF ${maxPasses} ===`, HEAVY];
}

export function passSummary(line: Extract<EventLine, { type: "pass.summary" }>): string[] {
  return [LIGHT, `PASS ${line.pass} SUMMARY`, LIGHT, ...statsLines(line), `  Result: ${line.result}`, LIGHT];
}

/** Content, setup and unconfirmed appear when there are any. */
function statsLines(stats: PassStats): string[] {
  const failed = (name: string, n: number) => `  ${`Failed (${name}):`.padEnd(25)}${n}`;
  return [
    `  Jobs processed: ${stats.jobs_processed}`,
    `  Successes:      ${stats.success_count}`,
    failed("account", stats.failed_account),
    ...(stats.failed_content > 0 ? [failed("content", stats.failed_content)] : []),
    ...(stats.failed_setup > 0 ? [failed("setup", stats.failed_setup)] : []),
    failed("infrastructure", stats.failed_infrastructure),
    failed("unknown", stats.failed_unknown),
    ...(stats.unconfirmed > 0 ? [`  ${"Unconfirmed:".padEnd(25)}${stats.unconfirmed}`] : []),
  ];
}

/** `Waiting 30s before next pass...` */
export function waitingLine(delayMs: Millis | number): string {
  return `Waiting ${Math.round(delayMs / 100) / 10}s before next pass...`;
}
