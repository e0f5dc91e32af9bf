// completion: a script for the shell; and __complete, which such a script asks for ids.
import type { Command } from "commander";
import { RepriseError } from "../../core/errors.ts";
import type { JobState } from "../../core/job.ts";
import { harmless } from "../../report/harmless.ts";
import { type Bench, does } from "../cli.ts";
import { completionModel } from "../completion-model.ts";
import { completionScript, SHELLS } from "../completion-scripts.ts";
import { documented } from "../help.ts";
import { matching } from "./job-words.ts";

/** More could not be chosen from anyway. */
const MOST_IDS = 1_000;
/** Jobs that a verb is meant for; others take any. */
const STATES_OF: Readonly<Record<string, JobState[]>> = {
  retry: ["failed"],
  hold: ["pending", "deferred", "failed"],
  release: ["held"],
  "mark-posted": ["unconfirmed", "failed"],
  "mark-not-posted": ["unconfirmed"],
  verify: ["unconfirmed"],
};

export function addCompletionCommands(program: Command, bench: Bench): void {
  const completion = program.command("completion").argument("<SHELL>");
  completion.action((word: string) => {
    const shell = SHELLS.find((name) => name === word);
    if (shell === undefined)
      throw new RepriseError("usage", `completion: "${word}" is not known; give ${SHELLS.join(", ")}`);
    bench.cli.terminal.out(completionScript(shell, completionModel(program)));
  });
  documented(completion, {
    about: "a script that completes commands, flags, jobs and accounts",
    examples: [
      ["completion bash > ~/.local/share/bash-completion/completions/reprise", "bash: from the next shell on"],
      ["completion zsh > ~/.zfunc/_reprise", "zsh: a folder of $fpath"],
      ["completion fish > ~/.config/fish/completions/reprise.fish", "fish"],
    ],
    more: ['For this shell alone: eval "$(reprise completion bash)"'],
  });
  addIds(program, bench);
}

/** `__complete jobs|accounts VERB`: ids, one a line. Says nothing where there is no ledger. */
function addIds(program: Command, bench: Bench): void {
  const ids = program.command("__complete").argument("<WORD...>");
  does(ids, bench, async ({ cli, resolved }, [what = "", verb = ""]) => {
    const ledger = await cli.compose.openLedger(resolved.stateDir, "existing");
    if (ledger === null) return 0;
    const say = (id: string) => cli.terminal.out(`${harmless(id)}\n`);
    try {
      if (what === "accounts") for (const { name } of await ledger.accounts.list()) say(name);
      const states = STATES_OF[verb];
      const filter = states === undefined ? {} : { states };
      if (what === "jobs")
        for await (const job of matching(ledger.campaign(resolved.campaign), filter, MOST_IDS)) say(job.id);
    } finally {
      await ledger.close();
    }
    return 0;
  });
}
