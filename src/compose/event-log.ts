// logs/orchestrator.log: every event, as JSON lines.
import { mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import type { EventLine } from "../core/events.ts";

export type EventLog = { write(line: EventLine): void; close(): void };

/** So late at most is a line in the file. */
const FLUSH_MS = 500;

export async function openEventLog(stateDir: string): Promise<EventLog> {
  const { pino } = await import("pino");
  const folder = join(stateDir, "logs");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // opened here and now: a log that is still opening throws when the process exits at once, as after a refused file
  const fd = openSync(join(folder, "orchestrator.log"), "a", 0o600);
  // in a long delay nothing follows that would fill the buffer
  const out = pino.destination({ fd, sync: false, minLength: 4096, periodicFlush: FLUSH_MS });
  // the ledger has every event too: a log on a full disk must not end a run
  out.on("error", () => undefined);
  return {
    write: (line) => void out.write(`${JSON.stringify(line)}\n`),
    close: () => out.end(),
  };
}
