// Starts simulated phones, each in a process of its own: a test that waits for adb must not starve the phone that adb asks.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { PhoneCommand } from "./faults.ts";
import type { PhoneOptions, PhoneState } from "./phone.ts";

export type PhoneProcess = {
  /** `127.0.0.1:<port>`, as adb knows it. */
  readonly serial: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves with the phone's state once the command has taken effect. Rejects if the phone refuses it or is dead. */
  command(command: PhoneCommand): Promise<PhoneState>;
  /** Ends the phone; resolves when its process is gone. */
  end(): Promise<void>;
};

const MAIN = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "phone-main.ts" : "phone-main.js", import.meta.url),
);

/** Resolves when the phone listens. */
export async function startPhone(options: Partial<PhoneOptions> = {}): Promise<PhoneProcess> {
  const child = spawn(process.execPath, [MAIN, ...argumentsOf(options)], { stdio: ["pipe", "pipe", "inherit"] });
  const gone = once(child, "exit");
  child.stdin.on("error", () => {}); // the phone has ended; the missing answer tells
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let turn: Promise<unknown> = Promise.resolve();

  const nextLine = async (): Promise<Record<string, unknown>> => {
    const line = await lines.next();
    if (line.done === true) throw new Error("the simulated phone has ended");
    return JSON.parse(line.value) as Record<string, unknown>;
  };
  const ask = async (command: PhoneCommand): Promise<PhoneState> => {
    child.stdin.write(`${JSON.stringify(command)}\n`);
    const answer = await nextLine();
    if ("error" in answer) throw new Error(`the simulated phone refused: ${String(answer.error)}`);
    return answer as unknown as PhoneState;
  };

  const { serial, port } = (await nextLine()) as { serial: string; port: number };
  return {
    serial,
    port,
    pid: child.pid ?? -1,
    command(command) {
      const answer = turn.then(() => ask(command));
      turn = answer.catch(() => {}); // whoever asked gets the error
      return answer;
    },
    async end() {
      child.kill("SIGKILL");
      await gone;
    },
  };
}

function argumentsOf(options: Partial<PhoneOptions>): string[] {
  const { id, account, witness, port, mode, uploadMs } = options;
  const flags: [string, string | number | null | undefined][] = [
    ["--id", id],
    ["--account", account],
    ["--witness", witness],
    ["--port", port],
    ["--mode", mode],
    ["--upload-ms", uploadMs],
  ];
  return flags.flatMap(([flag, value]) => (value === undefined || value === null ? [] : [flag, String(value)]));
}
