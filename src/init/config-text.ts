// The config file that `init` writes: every key there is, with its default, from the one table of options. Pure.
import { OPTION_LIST } from "../config/options.ts";

/** What stands where there is no default: a value that would be taken. */
const EXAMPLES: Readonly<Record<string, string>> = {
  "poster.simulate": "bad-night",
  "poster.check": "same",
  "poster.module": "./poster.ts",
  "passes.delay_max": "10m",
  "limits.timezone": "Europe/Berlin",
  "limits.window": "08:00-22:00",
  on_finish: "./finished.sh",
  halt: "soon,fail=10%",
  rules: "[rules.yaml]",
  "outage.probe": "30s",
  max_phones: "10",
  max_phone_minutes: "600",
};

/** Where the help of the flag does not fit the key. */
const ABOUT: Readonly<Record<string, string>> = {
  jobs: "a job file, taken in at every run; jobs it knows are not taken twice",
  "poster.module": "instead of exec and verify: a module that default-exports definePoster({ ... })",
  "poster.simulate": "instead of exec and verify: play posting, by a scenario file or a built-in one",
  "retry.unknown": "retries per job after failures of unknown cause; 0 = none",
  "limits.timezone": "zone of days and windows, where an account has none (default: this machine's)",
};

const HEAD = `# Settings of the campaign in this folder. A flag (--workers 5) or a variable (REPRISE_WORKERS=5) goes before what is
# written here; "reprise config --origin" shows what holds, and why. A line that begins with "# " and a key shows a default:
# take the "# " away to change it, and that of the group above it.
`;

const TAIL = `
# Accounts with settings of their own; jobs without an account are dealt to these in turn. Only the name must be there.
# accounts:
#   - {name: ana, timezone: Europe/Berlin, daily_limit: 2, window: "08:00-22:00"}
#   - {name: ben, platform: default, device: phone-1}

# Names of environment variables that posters do not get and logs do not show. Never their values.
# secrets:
#   - API_KEY
`;

type Line = { key: string; value: string; about: string; isOn: boolean };

/** @param exec  the command that posts */
export function configText(exec: string): string {
  const on: Record<string, string> = {
    jobs: "jobs.jsonl",
    "poster.exec": `'${exec.replaceAll("'", "''")}'`,
    "poster.verify": "same",
  };
  const lines = OPTION_LIST.flatMap(({ configKey, standard, help }): Line[] => {
    if (configKey === null || configKey === "devices") return [];
    const value = on[configKey] ?? (standard || EXAMPLES[configKey]) ?? "";
    const about = ABOUT[configKey] ?? (standard === null && !(configKey in on) ? `${help} (default: none)` : help);
    return [{ key: configKey, value, about, isOn: configKey in on }];
  });
  const alone = lines.filter((l) => !l.key.includes("."));
  const groups = Map.groupBy(
    lines.filter((l) => l.key.includes(".")),
    (l) => l.key.slice(0, l.key.indexOf(".")),
  );
  const parts = [
    ...alone.filter((l) => l.isOn).map((l) => lineOf(l, 0)),
    ...[...groups]
      .filter(([, inside]) => inside.some((l) => l.isOn))
      .flatMap(([name, inside]) => groupOf(name, inside)),
    "",
    ...alone.filter((l) => !l.isOn).map((l) => lineOf(l, 0)),
    ...[...groups]
      .filter(([, inside]) => !inside.some((l) => l.isOn))
      .flatMap(([name, inside]) => groupOf(name, inside)),
    "# devices:",
    aligned("#   provider: none", "phones: none; adb; or simulated, with a line count: 4 beside it"),
  ];
  return `${HEAD}${parts.join("\n")}\n${TAIL}`;
}

function groupOf(name: string, inside: readonly Line[]): string[] {
  const isOn = inside.some((l) => l.isOn);
  return [
    isOn ? `${name}:` : `# ${name}:`,
    ...inside.map((l) => lineOf({ ...l, key: l.key.slice(name.length + 1) }, isOn ? 1 : 2)),
  ];
}

/** @param depth  0 alone, 1 in a group that is on, 2 in a group that is off */
function lineOf({ key, value, about, isOn }: Line, depth: 0 | 1 | 2): string {
  const text = `${key}: ${value}`;
  if (isOn) return aligned(`${depth === 0 ? "" : "  "}${text}`, about);
  return aligned(["# ", "  # ", "#   "][depth] + text, about);
}

const COLUMN = 34;
const aligned = (left: string, about: string) => `${left.padEnd(COLUMN)} # ${about}`;
