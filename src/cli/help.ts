// Help pages: what it does, examples first, then the options worth a line.
import type { Command } from "commander";

export type HelpPage = {
  about: string;
  /** What to type after `reprise`, and what it is for. */
  examples: readonly (readonly [typed: string, what: string])[];
  /** Long flags that the short page shows; without it all. */
  common?: readonly string[];
  /** Closing lines. */
  more?: readonly string[];
  /** Named by no page and no completion. */
  isHidden?: boolean;
};

/** Gives a command its page; `helpInformation` is what commander prints for --help. */
export function documented(command: Command, page: HelpPage): Command {
  command.description(page.about);
  command.helpInformation = () => helpText(command, page, false);
  pages.set(command, page);
  return command;
}

const pages = new WeakMap<Command, HelpPage>();

/** The page with every option, for `help NAME --all`. */
export function fullHelp(command: Command): string {
  const page = pages.get(command);
  return page === undefined ? command.helpInformation() : helpText(command, page, true);
}

/** Commands that are not for people: those that begin so, and those whose page says so. */
export const isHidden = (command: Command): boolean =>
  command.name().startsWith("_") || pages.get(command)?.isHidden === true;

function helpText(command: Command, page: HelpPage, isFull: boolean): string {
  const examples = page.examples.map(([typed, what]) => [`reprise ${typed}`, what]);
  const commands = command.commands.filter((c) => !isHidden(c)).map((c) => [usage(c), c.description()]);
  const options = optionRows(command, isFull ? undefined : page.common);
  const sections = [
    [`${path(command)}: ${page.about}`],
    section("Examples", examples),
    section(command.parent === null ? "Commands" : "Does", commands),
    section("Options", options),
    page.more ?? [],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function path(command: Command): string {
  const names: string[] = [];
  for (let c: Command | null = command; c !== null; c = c.parent) names.unshift(c.name());
  return names.join(" ");
}

const usage = (command: Command) =>
  [command.name(), ...command.registeredArguments.map((a) => argumentText(a.name(), a.required, a.variadic))].join(" ");

function argumentText(name: string, isRequired: boolean, isVariadic: boolean): string {
  const text = `${name}${isVariadic ? "..." : ""}`;
  return isRequired ? text : `[${text}]`;
}

function optionRows(command: Command, common: readonly string[] | undefined): string[][] {
  const all = [...command.options, ...(command.parent === null ? [] : rootOf(command).options)];
  return all
    .filter((o) => !o.hidden && (common === undefined || common.includes(o.long ?? "")))
    .map((o) => [o.flags.replace(/[<>]/g, ""), o.description + standard(o.defaultValueDescription)]);
}

const standard = (text: string | undefined) => (text === undefined ? "" : ` [${text}]`);

function rootOf(command: Command): Command {
  let root = command;
  while (root.parent !== null) root = root.parent;
  return root;
}

function section(title: string, rows: readonly (readonly (string | undefined)[])[]): string[] {
  if (rows.length === 0) return [];
  const width = Math.min(44, Math.max(...rows.map(([left = ""]) => left.length)));
  return [title, ...rows.map(([left = "", right = ""]) => `  ${left.padEnd(width)}  ${right}`.trimEnd())];
}
