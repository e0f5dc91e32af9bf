// Entry of a stand-in GeeLark with simulated phones behind it, to try things out without an account. Prints where it is and
// its secrets; then each line of stdin changes what goes wrong: `{"outage":{"until":...}}`, `{"phone":"phone-1","faults":{...}}`.
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { GeelarkServer } from "./geelark-server.ts";
import { phoneBody } from "./phone-body.ts";

const USAGE =
  "geelark-main.ts [--accounts A,B,...] [--log FILE] [--witness FILE] [--port N] [--start-ms N] [--speed N]";

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      accounts: { type: "string", default: "anna,ben" },
      log: { type: "string" },
      witness: { type: "string" },
      port: { type: "string", default: "0" },
      "start-ms": { type: "string", default: "5000" },
      speed: { type: "string", default: "1" },
    },
  });
  const began = Date.now();
  const now = () => began + (Date.now() - began) * Number(values.speed);
  const log = values.log ?? null;
  const server = new GeelarkServer({ now, log, port: Number(values.port), startMs: Number(values["start-ms"]) });
  const accounts = values.accounts.split(",");
  for (const [n, account] of accounts.entries()) {
    const witness = values.witness ?? null;
    const id = `CLOUD${n + 1}`;
    const { body } = await phoneBody({ id, account, witness, port: 0, mode: "ok", uploadMs: 0 });
    server.addPhone(n + 1, { body });
  }
  const url = await server.listen();
  process.stdout.write(
    `${JSON.stringify({ url, ...server.secrets, phones: server.phones.all().map((p) => p.name) })}\n`,
  );
  for await (const line of createInterface({ input: process.stdin })) obey(server, line);
  process.exit(0);
}

function obey(server: GeelarkServer, line: string): void {
  const { phone, faults, ...account } = JSON.parse(line) as { phone?: string; faults?: object };
  Object.assign(server.faults, account);
  const found = server.phones.all().find(({ name }) => name === phone);
  if (found !== undefined) Object.assign(found.faults, faults);
  process.stdout.write(`${JSON.stringify({ faults: server.faults, now: server.now() })}\n`);
}

main().catch((e: unknown) => {
  process.stderr.write(`the stand-in broke off: ${e instanceof Error ? e.message : String(e)}\nusage: ${USAGE}\n`);
  process.exit(2);
});
