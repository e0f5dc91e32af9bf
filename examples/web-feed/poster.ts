// Posts a video to the demo site (site.ts) through a real Chromium, driven by a real Appium.
import { existsSync } from "node:fs";
import { AccountFailure, ContentFailure, definePoster, type LookContext, SetupFailure } from "reprise";
import type { Browser } from "webdriverio";

const SITE = process.env.WEB_FEED_URL ?? "http://127.0.0.1:4950";
const CHROMIUM = process.env.WEB_FEED_CHROMIUM ?? "/usr/bin/chromium";
const CHROMEDRIVER = process.env.WEB_FEED_CHROMEDRIVER ?? "/usr/bin/chromedriver";
/** How long the site may take over an upload. */
const UPLOAD_MS = 30_000;

const CAPABILITIES = {
  platformName: "linux",
  browserName: "chrome",
  "appium:automationName": "Chromium",
  "appium:executable": CHROMEDRIVER,
  "goog:chromeOptions": {
    binary: CHROMIUM,
    args: ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--window-size=700,900"],
  },
};

export default definePoster({
  name: "web-feed",
  platform: "web-feed",

  async check() {
    for (const file of [CHROMIUM, CHROMEDRIVER]) {
      if (!existsSync(file)) throw new SetupFailure("chromium_missing", `${file} is not there: install Chromium`);
    }
  },

  async post(ctx) {
    const { account, media, caption } = ctx.job;
    const browser = await ctx.driver<Browser>(CAPABILITIES);

    ctx.step("opening");
    const newest = (await postsOf(browser, account)).at(0)?.id;
    await browser.url(`${SITE}/new?account=${encodeURIComponent(account)}`);
    await refusedOnScreen(browser);

    ctx.step("media");
    await browser.$("#media").setValue(media);
    ctx.step("caption");
    await browser.$("#caption").setValue(caption);

    await ctx.publish(() => browser.$("#share").click(), newest);
    const outcome = await outcomeOf(browser);
    if (outcome.state === "error") throw new ContentFailure("rejected", outcome.text);
    if (outcome.state !== "done") throw new Error(`after Share the site shows: ${outcome.text}`);
    ctx.posted({ url: `${SITE}/u/${encodeURIComponent(account)}#${outcome.id}` });
    await ctx.screenshot("posted");
  },

  async verify(ctx) {
    const browser = await ctx.driver<Browser>(CAPABILITIES);
    const posts = await postsOf(browser, ctx.job.account);
    await ctx.screenshot("profile");
    return { posted: posts.some((post) => isOurs(post, ctx)) };
  },
});

type Seen = { id: string; caption: string };

/** What the profile page of an account shows, newest first. */
async function postsOf(browser: Browser, account: string): Promise<Seen[]> {
  await browser.url(`${SITE}/u/${encodeURIComponent(account)}`);
  const seen: Seen[] = [];
  for (const article of await browser.$$("article").getElements()) {
    const id = await attribute(article, "data-id");
    seen.push({ id, caption: await article.$(".caption").getText() });
  }
  return seen;
}

/** An older post may have the same caption: only those after the one that was newest before the tap count. */
function isOurs({ id, caption }: Seen, { job, baseline }: LookContext): boolean {
  return Number(id) > Number(baseline ?? 0) && caption.trim() === job.caption.trim();
}

async function refusedOnScreen(browser: Browser): Promise<void> {
  const notice = browser.$("#notice");
  if (!(await notice.isExisting())) return;
  const kind = await attribute(notice, "data-kind");
  throw new AccountFailure(kind === "login" ? "logged_out" : "suspended", await notice.getText());
}

async function outcomeOf(browser: Browser): Promise<{ state: string; text: string; id: string }> {
  const outcome = browser.$("#outcome");
  const isOver = async () => !["idle", "busy"].includes(await attribute(outcome, "data-state"));
  await browser.waitUntil(isOver, { timeout: UPLOAD_MS, interval: 50, timeoutMsg: "the site did not answer in time" });
  const [state, id] = [await attribute(outcome, "data-state"), await attribute(outcome, "data-id")];
  return { state, id, text: await outcome.getText() };
}

type Element = { getAttribute(name: string): Promise<string | null> };
const attribute = async (element: Element, name: string) => (await element.getAttribute(name)) ?? "";
