// Finds nodes of a screen by the locators that Android posters use. A locator it does not know is refused, never "not found".
import type { UiNode } from "./app/screens.ts";
import { attributesOf } from "./hierarchy.ts";

/** The locator is not one of those that the simulated phone understands. */
export class BadLocator extends Error {}

type Test = (node: UiNode) => boolean;

export function locate(nodes: readonly UiNode[], strategy: string, selector: string): UiNode[] {
  switch (strategy) {
    case "accessibility id":
      return nodes.filter((node) => node.desc === selector);
    case "id":
      return nodes.filter((node) => node.id === selector || node.id.endsWith(`:id/${selector}`));
    case "class name":
      return nodes.filter((node) => node.cls === selector);
    case "-android uiautomator":
      return byUiSelector(nodes, selector);
    case "xpath":
      return byXPath(nodes, selector);
    default:
      throw new BadLocator(`the simulated phone does not know the locator strategy "${strategy}"`);
  }
}

const SELECTORS: Record<string, (node: UiNode, value: string) => boolean> = {
  text: (node, value) => node.text === value,
  textContains: (node, value) => node.text.toLowerCase().includes(value.toLowerCase()),
  textStartsWith: (node, value) => node.text.startsWith(value),
  textMatches: (node, value) => new RegExp(`^(?:${value})$`).test(node.text),
  description: (node, value) => node.desc === value,
  descriptionContains: (node, value) => node.desc.includes(value),
  descriptionStartsWith: (node, value) => node.desc.startsWith(value),
  resourceId: (node, value) => node.id === value,
  className: (node, value) => node.cls === value,
  packageName: (node, value) => node.pkg === value,
  clickable: (node, value) => attributesOf(node).clickable === value,
  enabled: (_node, value) => value === "true",
};

/** `new UiSelector().text("Next").className("...").instance(0)`; the innermost selector counts. */
function byUiSelector(nodes: readonly UiNode[], selector: string): UiNode[] {
  const inner = selector.slice(Math.max(0, selector.lastIndexOf("new UiSelector()")));
  const calls = [...inner.matchAll(/\.(\w+)\((?:"((?:[^"\\]|\\.)*)"|(true|false|\d+))\)/g)];
  if (calls.length === 0) throw new BadLocator(`the simulated phone can't read the UiSelector ${selector}`);
  let found = [...nodes];
  for (const [, method = "", quoted, bare] of calls) {
    const value = quoted?.replace(/\\(.)/g, "$1") ?? bare ?? "";
    const test = SELECTORS[method];
    if (method === "instance") found = found.slice(Number(value), Number(value) + 1);
    else if (test === undefined) throw new BadLocator(`the simulated phone does not know UiSelector.${method}()`);
    else found = found.filter((node) => test(node, value));
  }
  return found;
}

const STEP = /^\(?\/\/([\w.*]+)((?:\[[^\]]*\])*)\)?(?:\[(\d+)\])?$/;
const CONDITION =
  /^\s*(?:@([\w-]+)\s*=\s*|(contains|starts-with)\(\s*@([\w-]+)\s*,\s*)(?:"([^"]*)"|'([^']*)')\s*\)?\s*$/;

/** One step: `//class[@text="a" and contains(@content-desc,"b")][1]`. */
function byXPath(nodes: readonly UiNode[], path: string): UiNode[] {
  const step = STEP.exec(path.trim());
  if (step === null)
    throw new BadLocator(`the simulated phone can't read the XPath ${path} (one step: //class[@a="b"])`);
  const [, cls = "*", brackets = "", position] = step;
  let found = nodes.filter((node) => cls === "*" || node.cls === cls);
  for (const [, inside = ""] of brackets.matchAll(/\[([^\]]*)\]/g)) {
    if (/^\d+$/.test(inside)) found = found.slice(Number(inside) - 1, Number(inside));
    else {
      const tests = inside.split(/\s+and\s+/).map((part) => condition(part, path));
      found = found.filter((node) => tests.every((test) => test(node)));
    }
  }
  return position === undefined ? found : found.slice(Number(position) - 1, Number(position));
}

function condition(text: string, path: string): Test {
  const match = CONDITION.exec(text);
  if (match === null) throw new BadLocator(`the simulated phone can't read "${text}" in the XPath ${path}`);
  const [, equalTo, how, within, double, single] = match;
  const value = double ?? single ?? "";
  const attribute = equalTo ?? within ?? "";
  return (node) => {
    const actual = attributesOf(node)[attribute] ?? "";
    if (how === "contains") return actual.includes(value);
    return how === "starts-with" ? actual.startsWith(value) : actual === value;
  };
}
