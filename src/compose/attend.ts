// What a run leaves for those who do not watch it: its log, its heartbeat, and a command when it is over.
import type { StopSource } from "../cli/stop-source.ts";
import type { Resolved } from "../config/config.ts";
import { errorWord, RepriseError } from "../core/errors.ts";
import { EVENT_VERSION, type EventLine } from "../core/events.ts";
import { openEventLog } from "./event-log.ts";
import { heartbeatFile, openHeartbeat, wallClock } from "./heartbeat.ts";
import { openLogRotation } from "./log-rotation.ts";
import { type Finish, runOnFinish } from "./on-finish.ts";
import type { Session } from "./session.ts";

export type Attendance = {
  event(line: EventLine): void;
  /** The run ends by a throw. */
  brokeOff(error: unknown): void;
  /** While the ledger is still open. */
  beforeRelease(): Promise<void>;
  /** After everything is put back: the command of `--on-finish`, if the run had started. */
  close(): Promise<void>;
};

type Attended = { resolved: Resolved; stop: StopSource; onWarning?(message: string): void };

export async function attend(session: Session, options: Attended): Promise<Attendance> {
  const { resolved } = options;
  const { stateDir, campaign } = session;
  const rotation = await openLogRotation(stateDir);
  const log = await openEventLog(stateDir);
  const file = heartbeatFile(stateDir, campaign.name);
  const { settings } = resolved;
  const heartbeat = openHeartbeat({ file, campaign, settings, pid: session.holder.pid, now: wallClock });
  let run: string | null = null;
  let last: Finish["line"] | null = null;
  return {
    event(line) {
      log.write(line);
      heartbeat.event(line);
      if (line.type === "run.started" || line.type === "run.resumed") run = line.run;
      if (line.type === "run.finished") last = line;
    },
    brokeOff(error) {
      if (run !== null) last ??= errorLine(run, error);
    },
    beforeRelease: () => heartbeat.close(),
    async close() {
      const command = hookOf(resolved);
      if (command !== null && last !== null) {
        const line = last;
        const wrong = await runOnFinish({ command, line, stateDir, campaign: campaign.name, stop: options.stop });
        if (wrong !== null) {
          const message = `on-finish: ${wrong}; the result of the run stands`;
          log.write(warning(line.run, message));
          options.onWarning?.(message);
        }
      }
      rotation.close();
      log.close();
    },
  };
}

/** A simulated run calls nobody, unless this very command line says so. */
function hookOf({ onFinish, origins, settings }: Resolved): string | null {
  if (settings.poster.kind !== "simulated") return onFinish;
  return origins.some((o) => o.key === "on_finish" && o.from === "flag") ? onFinish : null;
}

function warning(run: string, message: string): EventLine {
  return { v: EVENT_VERSION, ts: new Date().toISOString(), run, type: "warning", code: "on_finish", message };
}

function errorLine(run: string, error: unknown): Finish["line"] {
  const code = error instanceof RepriseError ? error.code : "internal";
  const message = error instanceof Error ? error.message : String(error);
  const exit_code = error instanceof RepriseError ? error.exitCode : 1;
  const ts = new Date().toISOString();
  return { v: EVENT_VERSION, type: "error", ts, run, error: errorWord(code), message, exit_code } as Finish["line"];
}
