import { type Logger, pino } from "pino";
import { redactor, secretValues } from "../../core/redact.ts";

export type WorkerLog = {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  /** From now on the values of these environment variables are not written. */
  hide(variables: readonly string[]): void;
};

/** JSON lines on standard output, which the pool has pointed at `logs/worker_N.log`. Written before the call returns. */
export function openWorkerLog(worker: number): WorkerLog {
  const hidden = new Set<string>();
  let redact = redactor([]);
  const logger: Logger = pino(
    {
      base: { worker, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      hooks: { streamWrite: (line) => redact(line) },
    },
    pino.destination({ fd: 1, sync: true }),
  );
  return {
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    hide(variables) {
      if (variables.every((name) => hidden.has(name))) return;
      for (const name of variables) hidden.add(name);
      redact = redactor(secretValues([...hidden].flatMap((name) => valuesOf(name))));
    },
  };
}

/** As it is, and as it stands inside a JSON string. */
function valuesOf(variable: string): string[] {
  const value = process.env[variable];
  return value === undefined ? [] : [value, JSON.stringify(value).slice(1, -1)];
}
