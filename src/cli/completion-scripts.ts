// The same places as a script for each shell. Fixed words are in the script; ids are asked of `reprise __complete`. Pure.
import type { FlagPlace, Follows, Place } from "./completion-model.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

export function completionScript(shell: Shell, places: readonly Place[]): string {
  switch (shell) {
    case "bash":
      return `${tables(places)}${BASH}`;
    case "zsh":
      return `#compdef reprise\n${tables(places)}${ZSH}`;
    case "fish":
      return fishScript(places);
  }
}

const pathOf = (place: Place) => place.path.join(" ");
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** How a kind is written in the tables: `@files`, `@jobs`, or the words themselves. */
function told(follows: Follows): string {
  switch (follows.kind) {
    case "words":
      return follows.words.join(" ");
    case "ids":
      return `@${follows.of}`;
    case "files":
      return "@files";
    case "free":
      return "";
  }
}

/** Three questions that bash and zsh ask alike. */
function tables(places: readonly Place[]): string {
  const values = places.flatMap((place) =>
    place.flags.flatMap((flag) => {
      if (flag.value === null) return [];
      const keys = flag.names.map((name) => quoted(`${pathOf(place)} ${name}`)).join("|");
      return [`${keys}) echo ${quoted(told(flag.value))} ;;`];
    }),
  );
  return `# completion of reprise; made by: reprise completion
_reprise_commands() { case "$1" in
${rows(places, (p) => p.commands.map((c) => c.name).join(" "))}
esac; }
_reprise_flags() { case "$1" in
${rows(places, (p) => p.flags.flatMap((f) => f.names.filter((n) => n.startsWith("--"))).join(" "))}
esac; }
_reprise_argument() { case "$1" in
${rows(places, (p) => told(p.argument))}
esac; }
# what the flag $2 of the command $1 takes; fails for one that takes nothing
_reprise_value() { case "$1 $2" in
${values.map((line) => `  ${line}`).join("\n")}
  *) return 1 ;;
esac; }
`;
}

function rows(places: readonly Place[], of: (place: Place) => string): string {
  const told = places.flatMap((place) => {
    const words = of(place);
    return words === "" ? [] : [`  ${quoted(pathOf(place))}) echo ${quoted(words)} ;;`];
  });
  return told.join("\n");
}

/** Finds the command that the words before the cursor lead to, and the flags that choose its campaign. */
const WALK = `
  for word in "\${before[@]}"; do
    if [ "$skip" = state ]; then state+=("$word"); skip=''; continue; fi
    if [ "$skip" = yes ]; then skip=''; continue; fi
    case "$word" in
      --state-dir|--campaign|--config) state+=("$word"); skip=state ;;
      -*) _reprise_value "$place" "$word" > /dev/null && skip=yes ;;
      *) case " $(_reprise_commands "$place") " in *" $word "*) place="\${place:+$place }$word" ;; esac ;;
    esac
  done`;

const BASH = `_reprise() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev='' place='' skip='' word follows
  local -a before=("\${COMP_WORDS[@]:1:COMP_CWORD-1}") state=()
  if [ "$COMP_CWORD" -gt 1 ]; then prev=\${COMP_WORDS[COMP_CWORD-1]}; fi
${WALK}
  COMPREPLY=()
  if [ -n "$skip" ]; then follows=$(_reprise_value "$place" "$prev")
  elif [[ $cur == -* ]]; then follows=$(_reprise_flags "$place")
  else
    follows=$(_reprise_commands "$place")
    [ -n "$follows" ] || follows=$(_reprise_argument "$place")
  fi
  case "$follows" in
    @files) compopt -o default 2> /dev/null; return ;;
    @*) follows=$(reprise __complete "\${follows#@}" "\${place##* }" "\${state[@]}" 2> /dev/null) ;;
    *) follows=\${follows// /$'\\n'} ;;
  esac
  while IFS= read -r word; do
    [[ -n $word && $word == "$cur"* ]] && COMPREPLY+=("$(printf '%q' "$word")")
  done <<< "$follows"
}
complete -F _reprise reprise
`;

const ZSH = `_reprise() {
  local cur=\${words[CURRENT]} prev=\${words[CURRENT-1]} place='' skip='' word follows
  local -a before state
  before=(\${words[2,CURRENT-1]})
${WALK}
  if [ -n "$skip" ]; then follows=$(_reprise_value "$place" "$prev")
  elif [[ $cur == -* ]]; then follows=$(_reprise_flags "$place")
  else
    follows=$(_reprise_commands "$place")
    [ -n "$follows" ] || follows=$(_reprise_argument "$place")
  fi
  case "$follows" in
    @files) _files ;;
    @*) compadd -- "\${(@f)$(reprise __complete "\${follows#@}" "\${place##* }" "\${state[@]}" 2> /dev/null)}" ;;
    *) compadd -- \${=follows} ;;
  esac
}
if [ "\${funcstack[1]}" = _reprise ]; then _reprise "$@"; else compdef _reprise reprise; fi
`;

function fishScript(places: readonly Place[]): string {
  return [
    "# completion of reprise; made by: reprise completion",
    FISH,
    "complete -c reprise -f",
    ...places.flatMap((place) => fishLines(place)),
    "",
  ].join("\n");
}

/** Whether the words before the cursor lead to just this command; a flag's value is no command. */
const FISH = `function __reprise_at
    set -l place
    set -l skip no
    for word in (commandline -opc)[2..-1]
        if test $skip = yes
            set skip no
        else if contains -- $word $__reprise_taking
            set skip yes
        else if not string match -q -- '-*' $word
            contains -- "$place $word" $__reprise_places; and set place "$place $word"
        end
    end
    test "$place" = "$argv[1]"
end
function __reprise_ids
    set -l state
    set -l words (commandline -opc)
    for i in (seq (count $words))
        contains -- $words[$i] --state-dir --campaign --config; and set -a state $words[$i] $words[(math $i + 1)]
    end
    reprise __complete $argv $state 2>/dev/null
end`;

const fishPath = (place: Place) => place.path.map((name) => ` ${name}`).join("");

function fishLines(place: Place): string[] {
  const at = `-n "__reprise_at ${quoted(fishPath(place))}"`;
  const head =
    place.path.length > 0
      ? [`set -g -a __reprise_places ${quoted(fishPath(place))}`]
      : ["set -g __reprise_places", "set -g __reprise_taking"];
  const taking = place.flags.filter((f) => f.value !== null).flatMap((f) => f.names);
  return [
    ...head,
    ...(taking.length > 0 ? [`set -g -a __reprise_taking ${taking.join(" ")}`] : []),
    ...place.commands.map((c) => `complete -c reprise ${at} -a ${quoted(c.name)} -d ${quoted(c.about)}`),
    ...place.flags.map((flag) => `complete -c reprise ${at} ${fishFlag(flag, place)}`),
    ...(place.argument.kind === "free" ? [] : [`complete -c reprise ${at} ${fishFollows(place.argument, place)}`]),
  ];
}

function fishFlag(flag: FlagPlace, place: Place): string {
  const names = flag.names.map((n) => (n.startsWith("--") ? `-l ${n.slice(2)}` : `-s ${n.slice(1)}`)).join(" ");
  const value = flag.value === null ? "" : ` -r ${fishFollows(flag.value, place)}`;
  return `${names} -d ${quoted(flag.about)}${value}`;
}

function fishFollows(follows: Follows, place: Place): string {
  switch (follows.kind) {
    case "words":
      return `-f -a ${quoted(follows.words.join(" "))}`;
    case "ids":
      return `-f -a "(__reprise_ids ${follows.of} ${place.path.at(-1) ?? ""})"`;
    case "files":
      return "-F";
    case "free":
      return "-f";
  }
}
