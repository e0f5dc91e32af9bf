// kill -9 at every failpoint of orchestrator, worker and poster, at its first, second and last hit, each in a campaign of its own
// (5-faults-security 6). Afterwards the same command, until it is home. Some points alone: REPRISE_POINT=intent.committed,go.sent.
import assert from "node:assert/strict";
import test, { after, before, describe } from "node:test";
import { FAILPOINTS, type Failpoint } from "../../src/failpoint/names.ts";
import { until } from "../e2e/world.ts";
import { Fire, MIXED } from "../rig/fire.ts";
import { KILL_TABLE, type KillPoint, type KillRow } from "../rig/kill-table.ts";

const QUICK = "--retry-delay 0 --settle 0 --workers 3".split(" ");
/** What MIXED spends of a job, and one more: an attempt that had not spoken yet is unconfirmed, and costs a retry when looked for in vain. */
const EXACT = [...QUICK, "--infra-retry-limit", "2"];
const WIDE = [...QUICK, "--infra-retry-limit", "5", "--max-passes", "5"];
const SCRIPTED = { failed: 1, unconfirmed: 2 };

const points = (Object.keys(KILL_TABLE) as KillPoint[]).filter(
  (point) => process.env.REPRISE_POINT?.split(",").includes(point) ?? true,
);
const isOurs = (point: KillPoint): point is Failpoint => FAILPOINTS[point as Failpoint]?.in === "orchestrator";
const tally = { trials: 0, twice: 0, lost: 0, orphans: 0, unconfirmed: 0 };
const hits = new Map<KillPoint, number>();

describe("the kill sweep", { concurrency: Number(process.env.REPRISE_LANES ?? 2) }, () => {
  before(async () => {
    const ends: (() => void)[] = [];
    const plain = new Fire(
      { after: (end: unknown) => void ends.push(end as () => void) },
      { jobs: 10, scripts: MIXED, flags: EXACT },
    );
    plain.assertHome(await plain.run("count"), "without a kill");
    for (const point of points) hits.set(point, plain.hitsOf(point));
    assert.deepEqual({ failed: plain.outcomes("failed"), unconfirmed: plain.outcomes("unconfirmed") }, SCRIPTED);
    for (const end of ends) end();
  });
  after(() => console.log(`kill sweep: ${JSON.stringify(tally)}`));

  for (const point of points) {
    for (const which of KILL_TABLE[point].once ? (["first"] as const) : (["first", "second", "last"] as const)) {
      test(`killed at ${point}, ${which} hit`, (t) => trial(new Fire(t, fireOf(point)), point, which));
    }
  }

  for (const point of points.filter(isOurs)) {
    test(`an error at ${point}: the start ends, and the next ones come home`, async (t) => {
      const row = KILL_TABLE[point];
      const fire = new Fire(t, fireOf(point));
      if (row.after !== undefined) await fire.run([{ point: row.after, hit: 1 }]);
      const { signal, code } = await fire.run([{ point, hit: 1, action: "throw" }]);
      assert.equal(signal, null);
      assert.notEqual(code, 0, `${point} was met ${fire.hitsOf(point)} times`);
      await home(fire, point);
    });
  }
});

const fireOf = (point: KillPoint) => ({ jobs: 10, scripts: MIXED, flags: isOurs(point) ? EXACT : WIDE });

async function trial(fire: Fire, point: KillPoint, which: "first" | "second" | "last"): Promise<void> {
  const row = KILL_TABLE[point];
  const hit = which === "first" ? 1 : which === "second" ? 2 : Math.max(1, hits.get(point) ?? 1);
  if (row.after !== undefined) await fire.run([{ point: row.after, hit: 1 }]);
  const beside = row.beside === undefined ? [] : [{ point: row.beside, hit: 1 }];
  const { signal } = await fire.run([...beside, { point, hit }]);
  await until(`hit ${hit} of ${point}`, () => fire.hitsOf(point) >= hit);
  if (isOurs(point) || row.beside !== undefined) assert.equal(signal, "SIGKILL");
  await home(fire, point);
  expectLittle(fire, row, `${point} ${which}`);
  if (isOurs(point))
    assert.ok(passCount(fire) <= (which === "last" ? 3 : 2), `no pass more than without a kill\n${fire.story()}`);
}

async function home(fire: Fire, point: KillPoint): Promise<void> {
  const before = fire.starts.at(-1);
  const isOver = before?.signal === null && before.code === 0;
  const last = isOver ? before : await fire.home();
  const { twice, lost, orphans } = fire.score();
  tally.trials++;
  tally.twice += twice.length;
  tally.lost += lost.length;
  tally.orphans += orphans.length;
  tally.unconfirmed += fire.outcomes("unconfirmed") - SCRIPTED.unconfirmed;
  assert.equal(last.code, point === "run.finished" ? 4 : 0, fire.story());
  fire.assertHome(last, point);
}

/** No doubt and no cost but where the table says so. */
function expectLittle(fire: Fire, { attempt }: KillRow, why: string): void {
  const isLast = why.endsWith(" last");
  const more = {
    failed: fire.outcomes("failed") - SCRIPTED.failed,
    unconfirmed: fire.outcomes("unconfirmed") - SCRIPTED.unconfirmed,
  };
  const story = () => `${why}: ${JSON.stringify(more)}\n${fire.story()}`;
  if (attempt === "unconfirmed") assert.ok(more.unconfirmed <= 1 && more.failed <= 0, story());
  // with its file known from an earlier try, the silence of a poster counts from the claim on
  else if (attempt === "charged")
    assert.ok(more.unconfirmed <= (isLast ? 1 : 0) && more.unconfirmed + more.failed <= 1, story());
  else if (attempt === "same") assert.ok(more.unconfirmed <= (isLast ? 2 : 0) && more.failed <= 0, story()); // a scripted try may be cut short
}

const passCount = (fire: Fire) => Math.max(...fire.log().flatMap((e) => (e.type === "pass.started" ? [e.pass] : [])));
