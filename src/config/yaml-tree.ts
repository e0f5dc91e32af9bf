// YAML as maps, lists and texts with their lines; all that is more (aliases, tags, many documents) is refused.
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import { err, ok, type Result } from "../core/result.ts";

export type Leaf = { text: string; line: number };
export type Tree =
  | { kind: "leaf"; text: string }
  | { kind: "map"; entries: { key: string; line: number; value: Tree }[] }
  | { kind: "list"; items: { line: number; value: Tree }[] };

/** Reads a document whose top is a map (or nothing). */
export function readTree(source: string): Result<Tree & { kind: "map" }, { line: number; message: string }> {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const lineOf = (node: unknown) => {
    const range = (node as Partial<Node> | null)?.range;
    return range ? lines.linePos(range[0]).line : 1;
  };
  const fault = document.errors[0] ?? document.warnings[0];
  if (fault !== undefined) {
    return err({
      line: lines.linePos(fault.pos[0]).line,
      message: `is not sound YAML: ${fault.message.split("\n")[0]}`,
    });
  }
  try {
    const top: Tree = document.contents === null ? { kind: "map", entries: [] } : treeOf(document.contents, lineOf);
    return top.kind === "map" ? ok(top) : err({ line: 1, message: "must hold settings, such as workers: 3" });
  } catch (error) {
    if (error instanceof Refused) return err({ line: error.line, message: error.message });
    throw error;
  }
}

class Refused extends Error {
  readonly line: number;
  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

function treeOf(node: unknown, lineOf: (node: unknown) => number): Tree {
  if (isMap(node)) {
    const entries = node.items.map(({ key, value }) => ({
      key: isScalar(key) ? String(key.value) : String(key),
      line: lineOf(key),
      value: treeOf(value, lineOf),
    }));
    return { kind: "map", entries };
  }
  if (isSeq(node)) {
    return { kind: "list", items: node.items.map((item) => ({ line: lineOf(item), value: treeOf(item, lineOf) })) };
  }
  if (isAlias(node)) throw new Refused(lineOf(node), "aliases (*name) are not taken: write the value out");
  // The text as it was written: `08:00` or `1e3` must not turn into something else on the way.
  if (isScalar(node))
    return {
      kind: "leaf",
      text:
        node.value === null ? "" : typeof node.value === "string" ? node.value : (node.source ?? String(node.value)),
    };
  return { kind: "leaf", text: "" };
}
