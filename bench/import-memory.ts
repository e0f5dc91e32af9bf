// What taking a large job file in costs.
import type { Ledgers } from "./ledgers.ts";
import { median, type Section } from "./report.ts";

export async function importMemory(ledgers: Ledgers): Promise<Section> {
  const { jobs, imported } = await ledgers.large();
  return {
    section: `import of ${jobs.toLocaleString("en")} rows of JSONL`,
    figures: [
      median("peak resident memory (10^6 bytes)", "MB", [imported.peakMb], { wanted: { atMost: 300 } }),
      median("time", "s", [imported.ms / 1000]),
      median("time a row", "us", [(imported.ms * 1000) / jobs]),
    ],
  };
}
