import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { refusePosterCommand } from "./poster-command.ts";

function folderWith(t: TestContext, ...runnable: string[]): string {
  const dir = mkdtempSync(join(tmpdir(), "reprise-poster-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  for (const name of runnable) {
    writeFileSync(join(dir, name), "#!/bin/sh\n");
    chmodSync(join(dir, name), 0o755);
  }
  return dir;
}
const poster = (exec: string, verifyExec: string | null = null) =>
  ({ kind: "command", exec, verifyExec, silentIs: "unconfirmed" }) as const;
const look = (dir: string, exec: string, verifyExec?: string) =>
  refusePosterCommand(poster(exec, verifyExec), dir, { PATH: "/usr/bin:/bin" });

test("a poster that can be run is let through, whatever the shell makes of the rest", (t) => {
  const dir = folderWith(t, "post.sh");
  for (const exec of ["./post.sh", "./post.sh --fast | tee log", "A=1 sh ./post.sh", "$POSTER", "cd x && ./gone.sh"])
    look(dir, exec, exec);
});

test("one that can't is refused with what was probably meant", (t) => {
  const dir = folderWith(t, "post.sh");
  writeFileSync(join(dir, "plain.sh"), "#!/bin/sh\n");
  assert.throws(
    () => look(dir, "./pots.sh"),
    /^RepriseError: poster \.\/pots\.sh: there is no such file; did you mean \.\/post\.sh\?$/,
  );
  assert.throws(() => look(dir, "./quite-another"), new RegExp(`no such file; looked in ${dir}$`));
  assert.throws(() => look(dir, "post.sh"), /post\.sh: not found on PATH; it is in this folder: write \.\/post\.sh$/);
  assert.throws(() => look(dir, "./plain.sh"), /plain\.sh is not executable \(chmod \+x\)$/);
  assert.throws(() => look(dir, "./nowhere/post.sh"), /no such file; looked in .*nowhere$/);
  assert.throws(() => look(dir, "./post.sh", "./lok.sh"), /verify \.\/lok\.sh: there is no such file/);
});
