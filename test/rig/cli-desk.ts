// The commands over a ledger in memory, with a composition of which a test says what it does.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openCalendar } from "../../src/calendar/temporal-calendar.ts";
import type { Cli } from "../../src/cli/cli.ts";
import type { Compose } from "../../src/cli/compose.ts";
import { execute } from "../../src/cli/main.ts";
import { NOON } from "../../src/ledger/contract/world.contract.ts";
import type { Ledger } from "../../src/ledger/ledger.ts";
import { newMemoryStore, openMemoryLedger } from "../../src/ledger/memory/memory-ledger.ts";
import { emptyStanding } from "../../src/report/standing.ts";

/** A desk: one campaign `default`, the commands, and a person who gives `answer` to every question. */
export function desk(t: { after(f: () => void): void }, answer: string | null = null) {
  const cwd = mkdtempSync(join(tmpdir(), "reprise-desk-"));
  t.after(() => rmSync(cwd, { recursive: true, force: true }));
  const store = newMemoryStore();
  const open = () => openMemoryLedger({ calendar: openCalendar(), now: () => NOON }, store);
  const compose = composeOver(open);
  const world = { out: "", err: "", asked: [] as string[] };
  const run = async (...args: string[]) => {
    Object.assign(world, { out: "", err: "", asked: [] });
    const terminal: Cli["terminal"] = {
      out: (text) => {
        world.out += text;
      },
      err: (text) => {
        world.err += text;
      },
      isInteractive: answer !== null,
      color: false,
      utf8: true,
      ask: async (question) => {
        world.asked.push(question);
        return answer;
      },
      async *lines() {},
    };
    const json = args.includes("--json");
    const code = await execute(args, {
      terminal,
      env: {},
      cwd,
      compose,
      json,
      stops: () => ({ onStop: () => {}, asked: new AbortController().signal }),
    });
    const objects = () =>
      world.out
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line));
    return { code, ...world, objects };
  };
  return { run, compose, campaign: open().campaign("default") };
}

/** What a test expects of it beyond the ledger, it sets. */
function composeOver(open: () => Ledger): Compose {
  const never = () => assert.fail("not expected here");
  return {
    openLedger: async () => open(),
    readStanding: async (resolved) => ({
      ...emptyStanding(resolved.campaign),
      counts: await open().campaign(resolved.campaign).views.counts(),
    }),
    doctorMain: never,
    effectiveSettings: async (resolved) => resolved,
    runMain: never,
    importMain: never,
    planMain: never,
    verifyMain: never,
    sweepMain: never,
    stopMain: never,
    stopDevices: never,
    repairMain: never,
    listDevices: async () => ({
      phones: (await open().devices.list()).map((d) => ({
        ...d,
        state: "ready",
        accounts: ["anna"],
        onSince: null,
        minutes: null,
      })),
      unasked: null,
    }),
    steerMain: never,
    backupMain: never,
    restoreMain: never,
    demoMain: never,
    simulateMain: never,
    initMain: never,
  };
}
