// Plain lines for people: what each event says, given what came before it. Pure.
import type { EventLine, FailureView } from "../core/events.ts";
import { unreachable } from "../core/result.ts";
import { endBlock } from "./end-block.ts";
import { brief, harmless } from "./harmless.ts";
import { passHeader, passSummary, waitingLine } from "./pass-summary.ts";
import { phoneMinutesTold } from "./phone-minutes.ts";
import type { RunView } from "./run-view.ts";
import { count, duration, type Mark, marked, mayComeBack, moment, type Style } from "./words.ts";

/** `quiet`: only what needs a person, and the end. `verbose`: every event. */
type Loudness = "quiet" | "normal" | "verbose";
export type LineStyle = Style & { loudness: Loudness; exitWords: (code: number) => string };

type Of<T extends EventLine["type"]> = Extract<EventLine, { type: T }>;

/**
 * The lines one event is worth.
 *
 * @param view  the run before this event
 */
export function linesOf(view: RunView, line: EventLine, style: LineStyle): string[] {
  const isVerbose = style.loudness === "verbose";
  if (isVerbose) return told(view, line, style);
  if (!isWorthALine(line)) return [];
  if (style.loudness === "quiet" && !isWorthALineWhenQuiet(line)) return [];
  return told(view, line, style);
}

function isWorthALine(line: EventLine): boolean {
  switch (line.type) {
    case "attempt.started":
    case "attempt.step":
    case "attempt.publishing":
    case "job.skipped":
    case "job.held":
    case "job.deferred":
    case "job.unconfirmed":
    case "device.started":
    case "device.ready":
    case "device.off":
    case "worker.started":
    case "cause.new":
      return false;
    case "device.stopped":
      return line.fault !== null;
    case "attempt.finished":
      return line.outcome !== "cancelled";
    case "worker.exited":
      return !line.expected;
    case "sweep.done":
      return line.processes > 0 || (line.devices ?? []).length > 0;
    case "job.verified":
      return line.result !== "settling";
    default:
      return true;
  }
}

function isWorthALineWhenQuiet(line: EventLine): boolean {
  if (line.type === "attempt.finished") return line.outcome === "unconfirmed" || line.outcome === "late";
  return ["account.held", "stop.requested", "warning", "error", "run.finished"].includes(line.type);
}

function told(view: RunView, line: EventLine, style: LineStyle): string[] {
  switch (line.type) {
    case "run.started":
      return [`Run ${line.run}: campaign ${harmless(line.campaign)}, ${scale(line)}`];
    case "run.resumed":
      return [`Run ${line.run} goes on at pass ${line.pass}: campaign ${harmless(line.campaign)}, ${scale(line)}`];
    case "run.finished":
      return endBlock(view, line, style);
    case "pass.started":
      return passHeader(line.pass, line.max_passes);
    case "pass.summary":
      return passSummary(line);
    case "pass.waiting":
      return [waiting(line)];
    case "attempt.started":
    case "attempt.step":
    case "attempt.publishing":
    case "attempt.finished":
      return attemptTold(view, line, style);
    case "job.skipped":
    case "job.held":
    case "job.deferred":
    case "job.unconfirmed":
    case "job.verified":
      return [jobTold(line, style)];
    case "account.held":
    case "account.released":
      return [accountTold(line, style)];
    case "cause.new":
    case "cause.regressed":
      return [causeTold(line, style)];
    case "outage.opened":
    case "outage.closed":
      return [outageTold(line)];
    case "device.started":
    case "device.ready":
    case "device.stopped":
    case "device.quarantined":
    case "device.returned":
      return [deviceTold(line)];
    case "device.off":
      return [`phone ${harmless(line.device)} is off after ${(line.on_ms / 60_000).toFixed(1)} minutes`];
    case "device.minutes":
      return phoneMinutesTold(line);
    case "worker.started":
      return [`worker ${line.worker} started (pid ${line.pid})`];
    case "worker.exited":
      return [`worker ${line.worker} (pid ${line.pid}) ended: ${line.signal ?? `exit code ${line.code}`}`];
    case "sweep.done":
      return [sweepTold(line)];
    case "stop.requested":
      return [stopTold(line)];
    case "warning":
      return [`warning: ${harmless(line.message)}`];
    case "error":
      return [`${line.error}: ${harmless(line.message)}`];
    default:
      return unreachable(line);
  }
}

function sweepTold({ processes, devices = [], details }: Of<"sweep.done">): string {
  const phones =
    devices.length === 0 ? [] : [`${count(devices.length, "phone")} stopped: ${devices.map(harmless).join(", ")}`];
  const ended = processes === 0 && phones.length > 0 ? [] : [count(processes, "leftover process")];
  return `Swept: ${[...ended, ...phones, ...details.map(harmless)].join("; ")}`;
}

function deviceTold(
  line: Of<"device.started" | "device.ready" | "device.stopped" | "device.quarantined" | "device.returned">,
) {
  const phone = `phone ${harmless(line.device)}`;
  switch (line.type) {
    case "device.started":
      return `${phone} is started`;
    case "device.ready":
      return `${phone} is ready after ${duration(line.duration_ms)}`;
    case "device.stopped":
      return line.fault === null ? `${phone} is stopped` : `${phone} can't be had: ${harmless(line.fault.message)}`;
    case "device.quarantined":
      return `${phone} is taken out${line.until === null ? "" : ` until ${moment(line.until)}`}: ${harmless(line.reason)}`;
    case "device.returned":
      return `${phone} is put back`;
  }
}

function scale(line: Of<"run.started" | "run.resumed">): string {
  const simulated = line.simulated ? ", simulated: nothing is really posted" : "";
  return `${count(line.total, "job")}, ${count(line.workers, "worker")} (pid ${line.pid})${simulated}`;
}

function waiting(line: Of<"pass.waiting">): string {
  switch (line.reason) {
    case "delay":
      return waitingLine(line.delay_ms);
    case "settling":
      return `Waiting ${duration(line.delay_ms)} until unconfirmed posts can be looked for again (${moment(line.until)})...`;
    case "until":
      return `Waiting ${duration(line.delay_ms)} for jobs that become due (${moment(line.until)})...`;
    default:
      return unreachable(line.reason);
  }
}

function attemptTold(
  view: RunView,
  line: Of<`attempt.${"started" | "step" | "publishing" | "finished"}`>,
  style: LineStyle,
): string[] {
  const who = `${harmless(line.job)}  ${harmless(line.account ?? "-")}`;
  const where = `worker ${line.worker}${line.device === null ? "" : ` on ${harmless(line.device)}`}`;
  switch (line.type) {
    case "attempt.started":
      return [marked("quiet", `started      ${who}  ${where}`, style)];
    case "attempt.step":
      return [marked("quiet", `step         ${who}  ${harmless(line.step)}`, style)];
    case "attempt.publishing":
      return [marked("quiet", `publishing   ${who}`, style)];
    case "attempt.finished":
      return [finished(view, line, who, style)];
    default:
      return unreachable(line);
  }
}

function finished(view: RunView, line: Of<"attempt.finished">, who: string, style: LineStyle): string {
  const took = `(${duration(line.duration_ms)})`;
  const isLast = view.maxPasses > 0 && view.pass >= view.maxPasses;
  const tail = (why: string) => `${who}: ${why} ${took}`;
  switch (line.outcome) {
    case "posted":
      return row("posted", "posted", `${who}  ${line.url === null ? "" : `${harmless(line.url)} `}${took}`, style);
    case "unconfirmed":
      return row("unconfirmed", "unconfirmed", tail(`may be live, is not tried again; ${reason(line.failure)}`), style);
    case "cancelled":
      return row("quiet", "cancelled", tail(harmless(line.reason ?? "stopped")), style);
    case "late":
      return row("quiet", "late", tail("answered after its claim was given up; recorded"), style);
    case "failed": {
      const [mark, word] = failedMark(line.failure, isLast);
      return row(mark, word, tail(reason(line.failure)), style);
    }
    default:
      return unreachable(line.outcome);
  }
}

const row = (mark: Mark, word: string, rest: string, style: Style) => `${marked(mark, word.padEnd(11), style)} ${rest}`;

function failedMark(failure: FailureView | null, isLastPass: boolean): [Mark, string] {
  const category = failure?.category ?? "unknown";
  if (mayComeBack(category)) return isLastPass ? ["failed", "failed"] : ["retry", "retry"];
  return category === "account" || category === "content" || category === "setup"
    ? [category, category]
    : ["failed", "failed"];
}

function reason(failure: FailureView | null): string {
  if (failure === null) return "no reason given";
  const cause = failure.category === failure.cause ? failure.cause : `${failure.category}/${failure.cause}`;
  return `${harmless(cause)}: ${brief(failure.message, 160)}`;
}

function jobTold(
  line: Of<`job.${"skipped" | "held" | "deferred" | "unconfirmed" | "verified"}`>,
  style: LineStyle,
): string {
  const who = `${harmless(line.job)}  ${harmless(line.account ?? "-")}`;
  switch (line.type) {
    case "job.skipped":
      return row("quiet", "skipped", `${who}: ${harmless(line.reason)}`, style);
    case "job.held":
      return row("quiet", "held", `${who}: by ${harmless(line.by)}, ${harmless(line.reason)}`, style);
    case "job.deferred":
      return row("quiet", "deferred", `${who}: ${harmless(line.reason)}, until ${moment(line.until)}`, style);
    case "job.unconfirmed":
      return row("unconfirmed", "unconfirmed", `${who}: ${reason(line.failure)}`, style);
    case "job.verified":
      return verified(line, who, style);
    default:
      return unreachable(line);
  }
}

function verified(line: Of<"job.verified">, who: string, style: LineStyle): string {
  const by = line.by === "person" ? "said by a person" : "looked up";
  switch (line.result) {
    case "posted":
      return row("posted", "verified", `${who}: it is posted (${by})`, style);
    case "not_posted":
      return row("retry", "verified", `${who}: it is not posted (${by}), so it may be tried again`, style);
    case "settling": {
      const again = line.look_again_at === null ? "" : `, next look ${moment(line.look_again_at)}`;
      return row("unconfirmed", "settling", `${who}: not seen yet${again}`, style);
    }
    case "cannot_tell":
      return row("unconfirmed", "unconfirmed", `${who}: the look could not tell; a person must`, style);
    default:
      return unreachable(line.result);
  }
}

function accountTold(line: Of<"account.held" | "account.released">, style: LineStyle): string {
  const name = harmless(line.account);
  if (line.type === "account.released") {
    return row("posted", "released", `account ${name}: ${count(line.jobs_released, "job")} may go on`, style);
  }
  const others = line.jobs_held === 0 ? "" : `, ${count(line.jobs_held, "more job")} held with it`;
  const review = line.cooldown_until === null ? "" : `, not to be released before ${moment(line.cooldown_until)}`;
  return row("account", "held", `account ${name}: ${harmless(line.cause)}${others}${review}`, style);
}

function causeTold(line: Of<"cause.new" | "cause.regressed">, style: LineStyle): string {
  const what = `${harmless(line.cause_id)}  ${harmless(line.category)}/${harmless(line.cause)}: ${brief(line.title, 100)}`;
  if (line.type === "cause.new") return row("quiet", "new cause", what, style);
  return row("failed", "it is back", `${what}; it was called resolved (job ${harmless(line.job)})`, style);
}

function outageTold(line: Of<"outage.opened" | "outage.closed">): string {
  const cause = harmless(line.cause);
  if (line.provider !== undefined) return providerOutageTold(line, harmless(line.provider));
  if (line.type === "outage.closed") {
    return `Outage over after ${duration(line.duration_ms)}: ${cause}; ${count(line.probes, "job")} tried meanwhile, all go on`;
  }
  const alike = `${count(line.attempts, "attempt")} on ${count(line.devices, "device")} failed alike`;
  return `Outage: ${cause}; ${alike}, nothing of it is charged. One job is tried in ${untilProbe(line)}, the others wait`;
}

function providerOutageTold(line: Of<"outage.opened" | "outage.closed">, provider: string): string {
  if (line.type === "outage.closed")
    return `Outage over after ${duration(line.duration_ms)}: ${provider} gives phones again; nothing was charged`;
  const why = harmless(line.message ?? line.cause);
  return `Outage: ${provider} gives no phones; nothing is charged, phones that are on go on. Asked again in ${untilProbe(line)}: ${why}`;
}

const untilProbe = ({ probe_at, ts }: Of<"outage.opened">) =>
  duration(Math.max(0, Date.parse(probe_at) - Date.parse(ts)));

function stopTold(line: Of<"stop.requested">): string {
  const past = count(line.past_intent, "post");
  if (line.stage === 2) {
    return `Stopping now (${harmless(line.by)}): ${line.past_intent === 0 ? "nothing is past its tap." : `${past} past the tap may be live and stay "unconfirmed".`}`;
  }
  const before = line.in_flight - line.past_intent;
  const running =
    line.in_flight === 0
      ? "no post is under way"
      : `${before} before the tap are cancelled, ${line.past_intent} past it may finish`;
  const again = line.past_intent === 0 ? "stop now." : `stop now, ${past} may stay "unconfirmed".`;
  return `Stopping (${harmless(line.by)}): no new ones start, ${running}. Ctrl+C again: ${again}`;
}

/** The line a minute that says it is alive. */
export function heartbeat(view: RunView, now: number): string {
  if (view.waitingUntil !== null) {
    return `still here: waiting, ${duration(Math.max(0, Date.parse(view.waitingUntil) - now))} left`;
  }
  if (view.pass === 0) return "still here: starting";
  const done = `${view.passDone} of ${view.passTotal} tried`;
  return `still here: pass ${view.pass} of ${view.maxPasses}, ${done}, ${view.running.size} running`;
}
