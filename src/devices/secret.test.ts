import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { readSecret } from "./secret.ts";

test("a secret comes from the environment, or from a file that nobody else may read", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "reprise-secret-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "token");
  writeFileSync(file, "s3cret-token\n", { mode: 0o600 });
  assert.deepEqual(readSecret({ env: "T" }, { T: " s3cret-token " }), { ok: true, value: "s3cret-token" });
  assert.deepEqual(readSecret({ file }, {}), { ok: true, value: "s3cret-token" });
  const refused: [place: Parameters<typeof readSecret>[0], before: () => void, why: RegExp][] = [
    [{ env: "T" }, () => {}, /variable T is not set/],
    [{ file: join(folder, "none") }, () => {}, /there is no file .*none/],
    [{ file }, () => chmodSync(file, 0o640), /others may read the secret in .*token; chmod 600/],
    [{ file }, () => [chmodSync(file, 0o600), writeFileSync(file, "\n")], /is empty/],
  ];
  for (const [place, before, why] of refused) {
    before();
    const answer = readSecret(place, {});
    assert.ok(!answer.ok);
    assert.deepEqual([answer.error.kind, answer.error.cause], ["setup", "provider_auth"]);
    assert.match(answer.error.message, why);
    assert.doesNotMatch(answer.error.message, /s3cret/);
  }
});
