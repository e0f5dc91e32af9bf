// Posts a video from an Android phone: the file goes onto the phone, the app gets it as the share sheet would hand it over.
//
// Written for UiAutomator2 and tested on reprise's simulated phone with its posting app (com.sim.poster). NOT tested on a real phone
// or with a real app: there, other ids and other screens await you. What to change stands at the top.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { AccountFailure, ContentFailure, definePoster, type LookContext, SetupFailure } from "reprise";
import type { Browser } from "webdriverio";

const APP = "com.sim.poster";
const MAIN = `${APP}/.Main`;
const ids = (name: string) => `id=${APP}:id/${name}`;
/** The app's own words for what it refuses, before and after Share. */
const REFUSALS: [words: RegExp, failure: (text: string) => Error][] = [
  [/suspended your account/i, (text) => new AccountFailure("suspended", text)],
  [/^log in/i, (text) => new AccountFailure("logged_out", text)],
  [/try again later/i, (text) => new AccountFailure("action_blocked", text)],
  [/couldn't post/i, (text) => new ContentFailure("rejected", text)],
];
/** How long the app may upload. */
const UPLOAD_MS = 60_000;

type Phone = Pick<LookContext, "driver" | "device">;

/** @param ctx.device  the phone that reprise chose; with `--devices none` the one of ANDROID_SERIAL */
async function open({ driver, device }: Phone): Promise<Browser> {
  const udid = device ?? process.env.ANDROID_SERIAL;
  if (udid === undefined) throw new SetupFailure("no_phone", "no phone: name one in ANDROID_SERIAL, or use --devices");
  return driver<Browser>({
    platformName: "Android",
    "appium:automationName": "UiAutomator2",
    "appium:udid": udid,
    "appium:appPackage": APP,
    "appium:appActivity": ".Main",
    "appium:noReset": true,
    "appium:autoLaunch": false,
    ...(process.env.SIMULATED_PHONE === "1" ? SIMULATED : {}),
  });
}

/** A simulated phone installs nothing and has no settings to change. */
const SIMULATED = {
  "appium:skipServerInstallation": true,
  "appium:skipDeviceInitialization": true,
  "appium:noSign": true,
  "appium:ignoreHiddenApiPolicyError": true,
};

export default definePoster({
  name: "android",
  platform: "sim-poster",

  async post(ctx) {
    const { id, account, media, caption } = ctx.job;
    const phone = await open(ctx);

    ctx.step("account");
    const before = await profile(phone, account);

    ctx.step("upload");
    const path = `/sdcard/Download/${nameOnPhone(id, media)}`;
    await phone.pushFile(path, (await readFile(media)).toString("base64"));

    ctx.step("opening");
    await phone.execute("mobile: startActivity", {
      component: MAIN,
      action: "android.intent.action.SEND",
      mimeType: "video/mp4",
      extras: [["u", "android.intent.extra.STREAM", `file://${path}`]],
    });
    await refusedOnScreen(phone);
    ctx.step("caption");
    await phone.$(ids("caption")).setValue(caption);

    await ctx.publish(() => phone.$(ids("share")).click(), before.at(0)?.id);
    await phone.waitUntil(async () => (await textOf(phone, "title")) !== "Posting...", {
      timeout: UPLOAD_MS,
      interval: 200,
      timeoutMsg: "the app still says Posting...",
    });
    await refusedOnScreen(phone);
    const toast = await textOf(phone, "toast");
    if (!/shared/i.test(toast ?? "")) throw new Error(`after Share the app shows: ${toast ?? "nothing we know"}`);
    ctx.posted();
    await ctx.screenshot("posted");
  },

  async verify(ctx) {
    const phone = await open(ctx);
    const posts = await profile(phone, ctx.job.account);
    const older = posts.findIndex((post) => post.id === ctx.baseline);
    const newer = older < 0 ? posts : posts.slice(0, older);
    if (newer.some((post) => post.caption === ctx.job.caption)) return { posted: true };
    return { posted: false, pending: (await textOf(phone, "upload_pending")) !== null };
  },
});

/** Of its own: Appium hands it to the phone's shell as it is, and there a name such as `my clip;reboot;.mp4` is a command. */
function nameOnPhone(id: string, media: string): string {
  const key = createHash("sha256").update(id).digest("hex").slice(0, 16);
  return `${key}${extname(media).replaceAll(/[^.\w]/g, "")}`;
}

type Post = { id: string; caption: string };

/** The newest posts on the profile of the account that the phone is logged in with, newest first. */
async function profile(phone: Browser, account: string): Promise<Post[]> {
  await phone.execute("mobile: startActivity", { component: MAIN, stop: true });
  await refusedOnScreen(phone);
  await phone.$("~Profile").click();
  const name = await phone.$(ids("profile_name")).getText();
  if (name !== account) throw new SetupFailure("wrong_account", `the phone is logged in as ${name}, not as ${account}`);
  const posts: Post[] = [];
  for (const item of await phone.$$(ids("post_item")).getElements()) {
    posts.push({ id: (await item.getAttribute("content-desc")) ?? "", caption: await item.getText() });
  }
  return posts;
}

async function refusedOnScreen(phone: Browser): Promise<void> {
  const title = await textOf(phone, "title");
  const refusal = REFUSALS.find(([words]) => words.test(title ?? ""));
  if (refusal !== undefined) throw refusal[1](`${title}: ${(await textOf(phone, "body")) ?? ""}`);
}

/** `null`: not on the screen. */
async function textOf(phone: Browser, id: string): Promise<string | null> {
  const element = phone.$(ids(id));
  return (await element.isExisting()) ? element.getText() : null;
}
