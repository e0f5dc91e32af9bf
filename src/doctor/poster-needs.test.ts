import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { posterNeeds } from "./poster-needs.ts";

const example = (name: string) => readFileSync(new URL(`../../examples/${name}/poster.ts`, import.meta.url), "utf8");
const needs = (drivers: string[], browser: string | null = null, chromedriver: string | null = null) => ({
  drivers,
  browser,
  chromedriver,
});
const UI = '{"appium:automationName": "UiAutomator2"}';
const table: [why: string, text: string, hasPhones: boolean, want: object][] = [
  ["the example for phones", example("android"), true, needs(["uiautomator2"])],
  ["the example for a site", example("web-feed"), false, needs(["chromium"], "/my/chromium", "/usr/bin/chromedriver")],
  ["a poster that asks a site's API", 'await fetch("https://x.example")', true, needs([])],
  ["a driver that is not named, with phones", "await ctx.driver(CAPS)", true, needs(["uiautomator2"])],
  ["the same without phones", "await ctx.driver(CAPS)", false, needs([])],
  ["named twice", `${UI} ${UI}`, false, needs(["uiautomator2"])],
  ["named in a remark alone", `// ${UI}\n/* ${UI} */\nfetch("https://x")`, false, needs([])],
];
for (const [why, text, hasPhones, want] of table) {
  test(`what a poster needs is read from its text: ${why}`, () => {
    assert.deepEqual(posterNeeds(text, { WEB_FEED_CHROMIUM: "/my/chromium" }, hasPhones), want);
  });
}
