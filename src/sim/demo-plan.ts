// The jobs and the faults of `reprise demo`: who meets what is drawn from the seed, how many meet it is fixed. Pure.
import { chance } from "./scenario.ts";

type DemoJob = { id: string; account: string; media: string; caption: string };
export type DemoPlan = { jobs: DemoJob[]; scenario: string; accounts: number };

/** Posts per account and day in the demo: two accounts have more jobs than that. */
export const DEMO_DAILY_LIMIT = 3;

const ACCOUNTS = ["ana", "ben", "cleo", "dora", "emil", "finn", "gala", "hugo", "iris", "jack", "kim", "lena"];
const JOBS_OF_ONE = DEMO_DAILY_LIMIT;
const JOBS_OF_A_BUSY_ONE = DEMO_DAILY_LIMIT + 2;

type Fault = { jobs: number; says: string; why: string };

/** After the tap: met early, so that what settles them falls into the demo's few seconds. */
const AFTER_TAP: readonly Fault[] = [
  { jobs: 1, says: "crash_after_intent", why: "the worker dies after the tap; the post is live" },
  {
    jobs: 1,
    says: "{outcome: upload_goes_on, feed_after_ms: 5000}",
    why: "no proof, and the feed shows it only after a while",
  },
  { jobs: 1, says: "{outcome: unconfirmed, posted: false}", why: "no proof, and nothing came out" },
];
const BEFORE_TAP: readonly Fault[] = [
  { jobs: 4, says: '{outcome: fail, step: device, message: "adb: device offline"}', why: "a phone drops off" },
  { jobs: 2, says: '{outcome: fail, step: session, message: "socket hang up"}', why: "a session breaks" },
  { jobs: 1, says: "crash", why: "the worker is killed under the job" },
  { jobs: 1, says: "{outcome: rate_limited, retry_after_s: 1}", why: "the provider asks to wait" },
  { jobs: 1, says: '{outcome: fail, step: typing, message: "Caption too long"}', why: "no retry would help" },
];

/**
 * Draws the demo: 40 jobs of 12 accounts, 12 of them with a fault at their first try.
 *
 * One account is suspended, two have more jobs than a day allows; faults fall on the others.
 */
export function demoPlan(seed: number): DemoPlan {
  const [suspended = "", busy = "", busier = "", ...others] = shuffled(ACCOUNTS, seed);
  const isBusy = (account: string) => account === busy || account === busier;
  const jobs = Array.from({ length: JOBS_OF_A_BUSY_ONE }, (_, round) =>
    ACCOUNTS.filter((account) => round < (isBusy(account) ? JOBS_OF_A_BUSY_ONE : JOBS_OF_ONE)).map((account) =>
      jobOf(account, round + 1),
    ),
  ).flat();
  const first = shuffled(idsOf(jobs, others, 1), seed);
  const early = dealt(AFTER_TAP, first);
  const rest = shuffled(idsOf(jobs, others), seed).filter((id) => !early.some(([met]) => met === id));
  const scenario = scenarioOf(seed, suspended, [...early, ...dealt(BEFORE_TAP, rest)]);
  return { jobs, scenario, accounts: ACCOUNTS.length };
}

const jobOf = (account: string, number: number): DemoJob => ({
  id: `${account}-${number}`,
  account,
  media: `videos/${account}-${number}.mp4`,
  caption: `Video ${number} of ${account}`,
});

const idsOf = (jobs: readonly DemoJob[], accounts: readonly string[], number?: number) =>
  jobs
    .filter(({ id, account }) => accounts.includes(account) && (number === undefined || id === `${account}-${number}`))
    .map(({ id }) => id);

const shuffled = (words: readonly string[], seed: number) =>
  words.toSorted((a, b) => chance(`${seed}/demo/${a}`) - chance(`${seed}/demo/${b}`));

/** Gives each fault its number of jobs, in turn. */
function dealt(faults: readonly Fault[], ids: readonly string[]): [id: string, fault: Fault][] {
  return faults
    .flatMap((fault) => Array.from({ length: fault.jobs }, () => fault))
    .flatMap((fault, i) => (ids[i] === undefined ? [] : [[ids[i], fault] as [string, Fault]]));
}

function scenarioOf(seed: number, suspended: string, met: readonly [id: string, fault: Fault][]): string {
  return [
    `# What goes wrong in this demo (seed ${seed}). Each job's first try; the second goes well.`,
    "delay_ms: 250             # what one post takes",
    "feed: {shows: pending}    # a look at a post that is not in the feed yet sees an upload",
    "accounts:",
    `  ${suspended}: {outcome: fail, message: "Your account has been suspended"}`,
    "jobs:",
    ...met.map(([id, { says, why }]) => `  ${id}: [${says}, ok]  # ${why}`),
    "",
  ].join("\n");
}
