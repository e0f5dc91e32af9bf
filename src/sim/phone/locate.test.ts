import assert from "node:assert/strict";
import test from "node:test";
import type { UiNode } from "./app/screens.ts";
import { BadLocator, locate } from "./locate.ts";

const node = (more: Partial<UiNode>): UiNode => {
  const bare = { key: "", cls: "android.widget.TextView", pkg: "com.sim.poster", id: "", text: "", desc: "", y: 0 };
  return { ...bare, isEditable: false, tap: null, ...more };
};
const nodes = [
  node({ key: "title", text: "Try again later", id: "com.sim.poster:id/title" }),
  node({ key: "ok", text: "OK", cls: "android.widget.Button", tap: { to: "feed" } }),
  node({ key: "share", text: "Share", cls: "android.widget.Button", desc: "Share it", tap: { to: "share" } }),
];

const table: [strategy: string, selector: string, want: string[]][] = [
  ["accessibility id", "Share it", ["share"]],
  ["id", "title", ["title"]],
  ["id", "com.sim.poster:id/title", ["title"]],
  ["class name", "android.widget.Button", ["ok", "share"]],
  ["-android uiautomator", 'new UiSelector().text("OK")', ["ok"]],
  ["-android uiautomator", 'new UiSelector().className("android.widget.Button").instance(1)', ["share"]],
  ["-android uiautomator", 'new UiSelector().textContains("again")', ["title"]],
  [
    "-android uiautomator",
    'new UiScrollable(new UiSelector().scrollable(true)).scrollIntoView(new UiSelector().text("OK"))',
    ["ok"],
  ],
  ["xpath", '//android.widget.Button[@text="Share"]', ["share"]],
  ["xpath", "//*[contains(@text,'again')]", ["title"]],
  ["xpath", '//*[@clickable="true" and starts-with(@text,"S")]', ["share"]],
  ["xpath", "(//android.widget.Button)[2]", ["share"]],
  ["xpath", "//android.widget.Button[1]", ["ok"]],
  ["xpath", '//*[@text="nothing"]', []],
];
for (const [strategy, selector, want] of table) {
  test(`${strategy} ${selector} finds ${want.join(", ") || "nothing"}`, () => {
    assert.deepEqual(
      locate(nodes, strategy, selector).map(({ key }) => key),
      want,
    );
  });
}

const unknown: [strategy: string, selector: string][] = [
  ["xpath", "//a/b[2]/following-sibling::c"],
  ["xpath", "//*[string-length(@text) > 3]"],
  ["-android uiautomator", 'new UiSelector().fromParent("x")'],
  ["-android uiautomator", "nonsense"],
  ["image", "abc"],
];
for (const [strategy, selector] of unknown) {
  test(`a locator that the phone can't read is refused, not "not found": ${selector}`, () => {
    assert.throws(() => locate(nodes, strategy, selector), BadLocator);
  });
}
