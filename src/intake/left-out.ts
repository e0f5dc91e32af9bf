// Fields of an earlier program's jobs that are no fields here. A mistyped one would post a job before its time: they are told.
import { fieldMeant } from "./field-meant.ts";
import { ROW_FIELDS } from "./job-row.ts";

/** What earlier programs keep with a job for themselves. */
const THEIR_OWN =
  "job_id status attempts max_attempts last_error last_attempt completed_at source_folder last_heartbeat worker_id claimed_at error retry_at error_type error_category pass_number run_id video_id post_url";
const KNOWN = new Set([...ROW_FIELDS, ...THEIR_OWN.split(" ")]);
/** Names that are told; a file may hold any number. */
const TOLD = 5;
const NAME_LENGTH = 60;

export class LeftOut {
  readonly #names = new Set<string>();
  #isMore = false;

  note(names: readonly string[]): void {
    for (const name of names) {
      if (KNOWN.has(name) || this.#names.has(name)) continue;
      if (this.#names.size < TOLD) this.#names.add(name);
      else this.#isMore = true;
    }
  }

  tell(warnings: string[]): void {
    if (this.#names.size === 0) return;
    const told = [...this.#names].map((name) => {
      const meant = fieldMeant(name, ROW_FIELDS);
      return `${name.slice(0, NAME_LENGTH)}${meant === null ? "" : ` (did you mean ${meant}?)`}`;
    });
    warnings.push(`left out, since they are no fields of a job: ${told.join(", ")}${this.#isMore ? ", ..." : ""}`);
  }
}
