// `npm run bench`: measures the real program and says what misses. Not a test: figures depend on the machine and its neighbours.
import { parseArgs } from "node:util";
import { importMemory } from "./import-memory.ts";
import { ledgerSize } from "./ledger-size.ts";
import { sizedLedgers } from "./ledgers.ts";
import { phones } from "./phones.ts";
import { conclude, machineFacts, print, type Section, type Taken, taken } from "./report.ts";
import { slowStatements } from "./slow-statements.ts";
import { startUp } from "./start-up.ts";
import { throughput } from "./throughput.ts";
import { cleanUp, FULL, QUICK } from "./workload.ts";

const { values } = parseArgs({
  options: { quick: { type: "boolean", default: false }, only: { type: "string", multiple: true } },
});
const scale = values.quick ? QUICK : FULL;
const ledgers = sizedLedgers(scale);

const SECTIONS: Record<string, () => Promise<Section>> = {
  workers4: () => throughput(scale, 4),
  workers32: () => throughput(scale, 32),
  import: () => importMemory(ledgers),
  start: () => startUp(ledgers, scale),
  slow: () => slowStatements(ledgers),
  phones: () => phones(scale),
  size: () => ledgerSize(ledgers, scale),
};

const wanted = values.only ?? Object.keys(SECTIONS);
const unknown = wanted.filter((name) => !(name in SECTIONS));
if (unknown.length > 0) {
  console.error(`--only ${unknown.join(", ")}: no such section; there are ${Object.keys(SECTIONS).join(", ")}`);
  process.exit(2);
}

const sections: Taken[] = [];
try {
  const { cores, cpu, memory_gb, node } = machineFacts();
  console.log(`${cores} cores (${cpu}), ${memory_gb} GB, node ${node}${values.quick ? ", --quick: no claims" : ""}`);
  for (const name of wanted) {
    const take = SECTIONS[name];
    if (take === undefined) continue;
    const section = await taken(take);
    sections.push(section);
    print(section);
  }
} finally {
  cleanUp();
}
conclude(sections, { ...scale, quick: values.quick, only: values.only ?? null });
