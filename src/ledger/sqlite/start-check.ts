// Whether a ledger may be posted from: looked at before the first claim, aside from the thread that has signals to hear.
import { statSync } from "node:fs";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { LedgerError } from "../ledger.ts";
import { inspectLedger } from "./inspect.ts";

type Answer = { faults: string[] } | { code: LedgerError["code"]; message: string };
type Question = { ledgerToCheck: string };

/** A smaller file is read within a few milliseconds. */
const AT_ONCE_BYTES = 500_000;

/** @throws LedgerError `damaged` where an intent, an outcome or an order is not what was written */
export async function checkBeforeRun(file: string): Promise<void> {
  const isSmall = (statSync(file, { throwIfNoEntry: false })?.size ?? 0) < AT_ONCE_BYTES;
  const answer = isSmall ? look(file) : await askThread(file);
  if ("code" in answer) throw new LedgerError(answer.code, answer.message);
  const [first] = answer.faults;
  if (first === undefined) return;
  throw new LedgerError(
    "damaged",
    `${file} is damaged: ${first}. Nothing was posted; see all with reprise doctor --ledger, then reprise restore BACKUP`,
  );
}

function look(file: string): Answer {
  try {
    return { faults: inspectLedger(file, "rows")?.faults ?? [] };
  } catch (error) {
    if (error instanceof LedgerError) return { code: error.code, message: error.message };
    throw error;
  }
}

function askThread(file: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const question: Question = { ledgerToCheck: file };
    const thread = new Worker(new URL(import.meta.url), { workerData: question });
    thread.once("message", resolve);
    thread.once("error", reject);
  });
}

if (!isMainThread) {
  const { ledgerToCheck } = (workerData ?? {}) as Partial<Question>;
  if (ledgerToCheck !== undefined) parentPort?.postMessage(look(ledgerToCheck));
}
