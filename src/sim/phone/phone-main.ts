// Entry of a phone's process. Prints `{"port":...,"serial":...}`; then each line of stdin is a command, each line of stdout
// its answer. Ends when stdin ends, so that no phone outlives the one who started it.
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { parseArgs } from "node:util";
import { APP_MODES, type AppMode } from "./app/posting-app.ts";
import { parseCommand } from "./faults.ts";
import { Phone } from "./phone.ts";

const USAGE =
  "phone-main.ts [--id N] [--account NAME] [--port N] [--witness FILE] [--mode MODE] [--upload-ms N] [--control-port N]";

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      id: { type: "string", default: "SIM1" },
      account: { type: "string", default: "anna" },
      port: { type: "string", default: "0" },
      witness: { type: "string" },
      mode: { type: "string", default: "ok" },
      "upload-ms": { type: "string", default: "0" },
      "control-port": { type: "string" },
    },
  });
  const mode = APP_MODES.find((known) => known === values.mode);
  if (mode === undefined) throw new Error(`--mode ${values.mode}: there are ${APP_MODES.join(", ")}`);
  const phone = await started(values, mode);
  const controlPort = values["control-port"];
  const control = controlPort === undefined ? null : await openControl(phone, Number(controlPort));
  const { serial } = phone.state();
  process.stdout.write(`${JSON.stringify({ port: Number(serial.split(":")[1]), serial, control })}\n`);
  await converse(phone, process.stdin, process.stdout);
  process.exit(0);
}

type Values = { id: string; account: string; port: string; witness?: string | undefined; "upload-ms": string };

async function started(values: Values, mode: AppMode): Promise<Phone> {
  const { id, account, port, witness } = values;
  const uploadMs = Number(values["upload-ms"]);
  const phone = new Phone({ id, account, witness: witness ?? null, port: Number(port), mode, uploadMs });
  await phone.start();
  return phone;
}

/** The same conversation for other processes, over TCP on 127.0.0.1. */
async function openControl(phone: Phone, port: number): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => {}); // whoever asked has gone
    void converse(phone, socket, socket);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const address = server.address();
  return address === null || typeof address === "string" ? port : address.port;
}

/** One line in, one line out, in order. Resolves when the input ends. */
async function converse(phone: Phone, input: Readable, output: Writable): Promise<void> {
  for await (const line of createInterface({ input })) {
    if (line.trim() === "") continue;
    const command = parseCommand(line);
    const answer = typeof command === "string" ? { error: command } : await phone.obey(command);
    output.write(`${JSON.stringify(answer)}\n`);
  }
}

main().catch((e: unknown) => {
  const why = e instanceof Error ? e.message : String(e);
  process.stderr.write(`could not start the simulated phone: ${why}\nusage: ${USAGE}\n`);
  process.exit(2);
});
