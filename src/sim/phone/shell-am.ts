// `am`, the activity manager: opens the app, stops it, shares a file with it.
import { APP_PACKAGE, type PostingApp } from "./app/posting-app.ts";
import { type Reply, said } from "./shell-world.ts";

const SEND = "android.intent.action.SEND";
const STREAM = "android.intent.extra.STREAM";

export function activityManager([verb, ...args]: string[], app: PostingApp): Reply {
  if (verb === "force-stop") {
    if (args.includes(APP_PACKAGE)) app.stop();
    return said("");
  }
  if (verb === "start" || verb === "start-activity") return start(args, app);
  return said(verb === "broadcast" ? "Broadcasting: Intent\nBroadcast completed: result=-1\n" : "");
}

function start(args: string[], app: PostingApp): Reply {
  const component =
    flagValue(args, "-n") ?? flagValue(args, "-p") ?? args.find((arg) => /^[\w.]+\/[\w.]+$/.test(arg)) ?? "";
  const isOurs = component.split("/")[0] === APP_PACKAGE;
  if (args.includes("-S") && isOurs) app.stop();
  if (flagValue(args, "-a") === SEND) return share(args, app, isOurs);
  if (isOurs) app.open();
  return said(`Starting: Intent { cmp=${component} }\nStatus: ok\nActivity: ${component}\nComplete\n`);
}

/** `--eu android.intent.extra.STREAM file:///sdcard/a.mp4`; without a named app the share sheet asks which. */
function share(args: string[], app: PostingApp, isChosen: boolean): Reply {
  const at = args.indexOf(STREAM);
  const path = decodeURI(args[at + 1] ?? "").replace(/^file:\/\//, "");
  if (at < 0 || app.files.get(path) === null) {
    return said(`Error: Activity not started, unable to resolve Intent { act=${SEND} }\n`, 1);
  }
  app.receive(path, isChosen);
  return said(`Starting: Intent { act=${SEND} typ=video/mp4 }\nStatus: ok\nComplete\n`);
}

function flagValue(args: string[], flag: string): string | undefined {
  const at = args.indexOf(flag);
  return at < 0 ? undefined : args[at + 1];
}
