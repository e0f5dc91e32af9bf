// Small wrongs, one at a time: what a slip of the hand would make of a file. Made from its syntax tree.
import ts from "typescript";

export type Mutant = { line: number; what: string; text: string };

type Swap = { from: number; to: number; put: string };

const OPERATORS: Partial<Record<ts.SyntaxKind, string>> = {
  [ts.SyntaxKind.LessThanToken]: "<=",
  [ts.SyntaxKind.LessThanEqualsToken]: "<",
  [ts.SyntaxKind.GreaterThanToken]: ">=",
  [ts.SyntaxKind.GreaterThanEqualsToken]: ">",
  [ts.SyntaxKind.EqualsEqualsEqualsToken]: "!==",
  [ts.SyntaxKind.ExclamationEqualsEqualsToken]: "===",
  [ts.SyntaxKind.PlusToken]: "-",
  [ts.SyntaxKind.MinusToken]: "+",
  [ts.SyntaxKind.AsteriskToken]: "/",
  [ts.SyntaxKind.AsteriskAsteriskToken]: "*",
  [ts.SyntaxKind.SlashToken]: "*",
  [ts.SyntaxKind.AmpersandAmpersandToken]: "||",
  [ts.SyntaxKind.BarBarToken]: "&&",
};
const METHODS: Record<string, string> = { max: "min", min: "max", some: "every", every: "some" };
/** Words of a union under these names decide; other texts are for people. */
const DECIDES = new Set([
  "next",
  "state",
  "type",
  "result",
  "reason",
  "phase",
  "charge",
  "by",
  "code",
  "cause",
  "category",
]);

/** Every mutant of a source text, in order. */
export function mutantsOf(source: string, name: string): Mutant[] {
  const file = ts.createSourceFile(name, source, ts.ScriptTarget.Latest, true);
  const swaps: Swap[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    swaps.push(...swapsOf(node, file));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return swaps.map((swap) => mutantOf(source, file, swap));
}

function mutantOf(source: string, file: ts.SourceFile, { from, to, put }: Swap): Mutant {
  const was = source.slice(from, to).replace(/\s+/g, " ");
  return {
    line: file.getLineAndCharacterOfPosition(from).line + 1,
    what: `${was.length > 60 ? `${was.slice(0, 57)}...` : was}  =>  ${put === "" ? "(nothing)" : put.replace(/\s+/g, " ").slice(0, 60)}`,
    text: source.slice(0, from) + put + source.slice(to),
  };
}

function swapsOf(node: ts.Node, file: ts.SourceFile): Swap[] {
  const over = (n: ts.Node, put: string): Swap => ({ from: n.getStart(file), to: n.end, put });
  if (ts.isBinaryExpression(node)) return binary(node, over);
  if (ts.isConditionalExpression(node)) return [over(node.condition, "true"), over(node.condition, "false")];
  if (ts.isIfStatement(node)) return [over(node.expression, "true"), over(node.expression, "false")];
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken)
    return [over(node, node.operand.getText(file))];
  if (node.kind === ts.SyntaxKind.TrueKeyword) return [over(node, "false")];
  if (node.kind === ts.SyntaxKind.FalseKeyword) return [over(node, "true")];
  if (ts.isNumericLiteral(node)) return [over(node, `(${node.text} + 1)`)];
  if (ts.isStringLiteral(node) && decides(node)) return [over(node, '"mutant"')];
  if (ts.isPropertyAccessExpression(node) && METHODS[node.name.text] !== undefined)
    return [over(node.name, METHODS[node.name.text] ?? "")];
  if (ts.isSpreadAssignment(node)) return [over(node, "...{}")];
  if (ts.isExpressionStatement(node)) return [over(node, ";")];
  return [];
}

function binary(node: ts.BinaryExpression, over: (n: ts.Node, put: string) => Swap): Swap[] {
  const { operatorToken, left, right } = node;
  const swaps: Swap[] = [];
  const other = OPERATORS[operatorToken.kind];
  if (other !== undefined) swaps.push(over(operatorToken, other));
  if (operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken)
    swaps.push(over(node, `(${left.getText()})!`), over(node, right.getText()));
  return swaps;
}

function decides(node: ts.StringLiteral): boolean {
  const { parent } = node;
  if (ts.isPropertyAssignment(parent)) return DECIDES.has(parent.name.getText());
  return ts.isReturnStatement(parent) || (ts.isConditionalExpression(parent) && parent.condition !== node);
}
