// The tree of a screen as XML, and its nodes' attributes, as the UiAutomator2 server gives them.
import { HEIGHT, NODE_HEIGHT, type UiNode, WIDTH } from "./app/screens.ts";

const LEFT = 40;

export type Rect = { x: number; y: number; width: number; height: number };
export const rectOf = (node: UiNode): Rect => ({ x: LEFT, y: node.y, width: WIDTH - 2 * LEFT, height: NODE_HEIGHT });

/** Attributes by the names that XPath and `getAttribute` know. */
export function attributesOf(node: UiNode): Record<string, string> {
  const { x, y, width, height } = rectOf(node);
  return {
    package: node.pkg,
    class: node.cls,
    text: node.text,
    "content-desc": node.desc,
    "resource-id": node.id,
    clickable: String(node.tap !== null || node.isEditable),
    enabled: "true",
    focusable: String(node.isEditable),
    displayed: "true",
    bounds: `[${x},${y}][${x + width},${y + height}]`,
  };
}

export function sourceOf(nodes: readonly UiNode[]): string {
  const pkg = nodes[0]?.pkg ?? "android";
  const frame = "android.widget.FrameLayout";
  const inner = nodes.map((node, index) => {
    const attributes = Object.entries(attributesOf(node)).map(([key, value]) => `${key}="${escaped(value)}"`);
    return `<${node.cls} index="${index}" ${attributes.join(" ")}/>`;
  });
  return [
    "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>",
    `<hierarchy index="0" class="hierarchy" rotation="0" width="${WIDTH}" height="${HEIGHT}">`,
    `<${frame} index="0" package="${pkg}" class="${frame}" text="" resource-id="" bounds="[0,0][${WIDTH},${HEIGHT}]">`,
    ...inner,
    `</${frame}></hierarchy>`,
  ].join("");
}

const escaped = (text: string) => text.replace(/[&<>"'\n]/g, (c) => `&#${c.codePointAt(0)};`);
