// failpoints: where a test may break a run. In no page: it is for those who work on reprise.
import type { Command } from "commander";
import { table } from "../../report/words.ts";
import { type Bench, does, say, sayJson } from "../cli.ts";
import { documented } from "../help.ts";

export function addFailpointsCommand(program: Command, bench: Bench): void {
  const failpoints = program.command("failpoints");
  does(failpoints, bench, async (call) => {
    const { FAILPOINTS } = await import("../../failpoint/names.ts");
    const rows = Object.entries(FAILPOINTS).map(([name, note]) => ({ name, ...note }));
    if (call.json) sayJson(call, "failpoints", { failpoints: rows });
    else say(call, table(rows.map((row) => [row.name, row.in, row.what])));
    return 0;
  });
  documented(failpoints, {
    about: "where a test may kill, freeze or break a run, in the order a run meets them",
    examples: [["failpoints", "all names; src/failpoint/README.md says how they are asked for"]],
    isHidden: true,
  });
}
