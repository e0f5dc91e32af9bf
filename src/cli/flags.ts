// The option table of the config room as commander's options, and back.
import { type Command, Option } from "commander";
import { LATER_FLAGS, OPTION_LIST } from "../config/options.ts";

/** What commander collected, by option key; what `resolveConfig` reads. */
export type GivenFlags = Record<string, string | boolean | string[] | undefined>;

type Listed = (typeof OPTION_LIST)[number];

/** Adds the flags of this scope in the order of help. `only`: these keys; `others`: the rest is taken, but not shown in help. */
export function addFlags(
  command: Command,
  scope: Listed["scope"],
  only?: readonly string[],
  others: "refused" | "hidden" = "refused",
): Command {
  for (const option of OPTION_LIST) {
    if (option.scope !== scope || option.flag === null) continue;
    const isShown = only === undefined || only.includes(option.key);
    if (isShown || others === "hidden") command.addOption(asFlag(option, option.flag).hideHelp(!isShown));
  }
  return command;
}

function asFlag(option: Listed, flag: string): Option {
  const short = option.short === null ? "" : `${option.short}, `;
  const argument =
    option.argument === null ? "" : option.argument.startsWith("[") ? ` ${option.argument}` : ` <${option.argument}>`;
  const made = new Option(`${short}${flag}${argument}`, option.help);
  if (option.isRepeatable) made.argParser((text: string, before: string[] | undefined) => [...(before ?? []), text]);
  // The config room applies defaults; here they are only shown.
  if (argument !== "" && option.standard !== null && option.standard !== "")
    made.defaultValueDescription = shown(option.standard);
  return made;
}

/** Seconds as the bare number that may be typed. */
const shown = (standard: string) => standard.replace(/^(\d+)s$/, "$1");

/** Why a flag of the contract is refused in this version; `null` = not such a flag. */
export function laterFlag(flag: string): string | null {
  const hint = LATER_FLAGS[flag];
  if (hint === undefined) return null;
  return `${flag}: not in this version yet; ${hint}`;
}
