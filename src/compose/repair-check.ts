// The poster's own look at an account, in a worker of the repair's.
import { type Checkup, readCheck } from "../core/check.ts";
import type { PhoneAddress } from "../core/claim.ts";
import type { RuleBook } from "../core/classify.ts";
import { attemptId, jobId } from "../core/ids.ts";
import { type JobSpec, PLAIN_JOB } from "../core/job.ts";
import type { PosterSettings, RunSettings } from "../core/settings.ts";
import type { Session } from "./session.ts";

export type Asked = {
  settings: RunSettings;
  checker: PosterSettings;
  book: RuleBook;
  account: { name: string; platform: string };
  phone: PhoneAddress;
  halt: AbortSignal;
};

/** Never posts: whoever asks for `go` gets none. `null`: this poster has no check. */
export async function askPoster(session: Session, asked: Asked): Promise<Checkup | null> {
  const { settings, checker, book, account, phone, halt } = asked;
  const pool = session.openPool({ ...settings, workers: 1 });
  try {
    const slot = await pool.acquire(halt);
    if (slot === null)
      return { is: "untold", why: halt.aborted ? "the check was stopped" : "no worker can be started" };
    const cancel = () => slot.cancel();
    halt.addEventListener("abort", cancel, { once: true });
    const attempt = attemptId(`repair-${session.host.clock.now()}`);
    const { attemptTimeoutMs: timeoutMs, secrets } = settings;
    const end = await slot.check({ attempt, job: noJob(account), phone, poster: checker, timeoutMs, secrets });
    halt.removeEventListener("abort", cancel);
    return end === null ? null : readCheck(end, book);
  } finally {
    await pool.close();
  }
}

/** What a poster reads of a job when it is asked about an account: there is nothing in it to post. */
const noJob = ({ name, platform }: Asked["account"]): JobSpec & { account: string } => ({
  ...PLAIN_JOB,
  id: jobId("check"),
  account: name,
  platform,
  media: "",
});
