import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import * as fc from "fast-check";
import { guarded, unguarded } from "../core/csv-cell.ts";
import { instant, jobId } from "../core/ids.ts";
import { type JobSpec, PLAIN_JOB } from "../core/job.ts";
import type { IntakeRow } from "../ledger/ledger.ts";
import { takeIn } from "./intake.ts";
import { CSV_HEADER, jobFields, jobRecord } from "./job-out.ts";

const spec = (more: Partial<JobSpec>): JobSpec => ({
  ...PLAIN_JOB,
  id: jobId("a"),
  account: "ana",
  media: "/v/a.mp4",
  ...more,
});

const text = fc
  .array(fc.constantFrom("=", "+", "-", "@", "\t", "\r", "\n", "'", '"', ",", ";", "é", "👀", "a", " ", "\\"))
  .map((parts) => parts.join(""));
const name = fc.array(fc.constantFrom("=", "+", "-", "@", "'", ",", "b")).map((parts) => `${parts.join("")}x`);
const anySpec = fc
  .record({
    id: name.map(jobId),
    account: fc.option(name),
    platform: name,
    media: name.map((n) => `/v/${n}.mp4`),
    caption: text,
    priority: fc.integer({ min: -1e6, max: 1e6 }),
    pool: fc.option(name),
    notBefore: fc.option(fc.integer({ min: 0, max: 2e12 }).map(instant)),
    allowRepost: fc.boolean(),
    data: fc.dictionary(name, fc.oneof(text, fc.integer(), fc.constant(null), fc.array(fc.boolean())), {
      noNullPrototype: true,
    }),
  })
  .map((more) => spec({ ...more, notAfter: more.notBefore }));

/** What an import of this text takes in. */
async function readBack(content: string, file: string): Promise<{ specs: JobSpec[]; told: string[] }> {
  const dir = mkdtempSync(join(tmpdir(), "job-out-"));
  try {
    writeFileSync(join(dir, file), content);
    const specs: JobSpec[] = [];
    const add = async (rows: readonly IntakeRow[]) => {
      specs.push(...rows.map((r) => r.spec));
      return [];
    };
    const { bad } = await takeIn([file], { add }, { mediaMap: [], cwd: dir });
    return { specs, told: bad.map((b) => `${b.line} ${b.field}: ${b.reason}`) };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

test("what is exported comes back as it was, as JSONL and as guarded CSV", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anySpec, { minLength: 1, maxLength: 8 }), async (specs) => {
      const jsonl = specs.map((s) => `${JSON.stringify(jobFields(s))}\n`).join("");
      const csv = `${CSV_HEADER}\n${specs.map((s) => `${jobRecord(s, true)}\n`).join("")}`;
      for (const [content, file] of [
        [jsonl, "a.jsonl"],
        [csv, "a.csv"],
      ] as const) {
        const back = await readBack(content, file);
        assert.deepEqual(back, { specs, told: [] });
      }
    }),
    { numRuns: 60 },
  );
});

test("no text cell of a guarded CSV begins as a formula does; --raw leaves text alone", () => {
  const evil = spec({ id: jobId("=1"), account: "@ana", caption: '=cmd|"/c calc"!A1', pool: "+p", priority: -5 });
  assert.equal(jobRecord(evil, true), `'=1,'@ana,/v/a.mp4,"'=cmd|""/c calc""!A1",default,-5,'+p,,,false,`);
  assert.equal(jobRecord(evil, false), `=1,@ana,/v/a.mp4,"=cmd|""/c calc""!A1",default,-5,+p,,,false,`);
});

test("a guard taken off gives the text back, and no guarded text is a formula", () => {
  return fc.assert(
    fc.property(text, (t) => {
      assert.equal(unguarded(guarded(t)), t);
      assert.doesNotMatch(guarded(t), /^[=+\-@\t\r]/);
    }),
  );
});
