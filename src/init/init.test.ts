import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { resolveConfig } from "../config/config.ts";
import { OPTION_LIST } from "../config/options.ts";
import { LANGUAGES, projectFiles } from "./init.ts";

const configOf = (language: (typeof LANGUAGES)[number]) =>
  String(projectFiles(language).find((f) => f.name === "reprise.config.yaml")?.content);

async function settingsOf(t: TestContext, text: string) {
  const cwd = mkdtempSync(join(tmpdir(), "reprise-init-"));
  t.after(() => rmSync(cwd, { recursive: true, force: true }));
  writeFileSync(join(cwd, "reprise.config.yaml"), text);
  const found = await resolveConfig({ flags: {}, env: {}, cwd });
  assert.ok(found.ok, found.ok ? "" : found.error.message);
  return { ...found.value, cwd };
}

for (const language of LANGUAGES) {
  test(`the config of ${language} is taken as it is, and changes nothing but jobs and poster`, async (t) => {
    const { settings, stateFile, cwd } = await settingsOf(t, configOf(language));
    const { settings: plain } = await settingsOf(t, "");
    assert.equal(stateFile, join(cwd, "jobs.jsonl"));
    const { poster } = settings;
    assert.ok(poster.kind === "command" && poster.verifyExec === poster.exec && poster.exec.includes("poster."));
    assert.deepEqual({ ...settings, poster: null }, { ...plain, poster: null });
  });
}

/** Takes the "# " from each line that holds a key, as its head says. */
const uncommented = (text: string) => text.replace(/^( *)# ( *(?:[a-z_]+:|- ))/gm, "$1$2");

test("every key that exists stands in the config, and each line with its mark taken away would be taken", async (t) => {
  const whole = uncommented(configOf("bash"));
  // posters exclude each other
  const { origins } = await settingsOf(t, whole.replace(/^ *(simulate|module): .*$/gm, ""));
  const said = new Set(origins.filter((o) => o.from === "config").map((o) => o.key));
  const known = OPTION_LIST.flatMap((o) => (o.configKey === null ? [] : [o.configKey]));
  assert.deepEqual(
    known.filter((key) => !said.has(key)),
    ["poster.module", "poster.simulate"],
  );
  assert.match(whole, /^ {2}simulate: bad-night /m);
  assert.ok(said.has("accounts (known)") && said.has("secrets"));
});

test("the keys that have a default show it", async (t) => {
  const changed = [
    "passes.delay_max",
    "limits.timezone",
    "limits.window",
    "halt",
    "on_finish",
    "jobs",
    "poster",
    "rules",
  ];
  const only = uncommented(configOf("bash"))
    .split("\n")
    .filter(
      (line) =>
        !/^ *(simulate|module|delay_max|timezone|window|halt|on_finish|rules|probe|- .*|accounts|secrets):? ?/.test(
          line,
        ),
    );
  const { settings } = await settingsOf(t, only.join("\n"));
  const { settings: plain } = await settingsOf(t, "");
  assert.deepEqual({ ...settings, poster: null }, { ...plain, poster: null }, changed.join(", "));
});
