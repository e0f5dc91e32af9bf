// A repair in words and as JSON.
import type { Checkup } from "../../core/check.ts";
import type { AccountView } from "../../ledger/ledger.ts";
import { brief, harmless } from "../../report/harmless.ts";
import { moment } from "../../report/words.ts";
import type { RepairNews } from "../compose.ts";
import { shellWord } from "../shell-words.ts";

/** How a person reaches the phone. `null`: adb does not lead to it. */
function connectLines({ serial, adbPort }: { serial: string; adbPort: number | null }): string[] | null {
  if (adbPort === null) return null;
  const word = shellWord(serial);
  return [`ANDROID_ADB_SERVER_PORT=${adbPort} scrcpy --serial ${word}`, `adb -P ${adbPort} -s ${word} shell`];
}

export function repairLines({ name, hold }: AccountView, news: RepairNews): string[] {
  switch (news.type) {
    case "bringing":
      return [`Phone ${harmless(news.device)} is being switched on ...`];
    case "in_use":
      return [
        `Campaign ${harmless(news.campaign)} has phone ${harmless(news.device)} now; waiting until it gives it back ...`,
      ];
    case "ready": {
      const why =
        hold === null ? "" : ` (${harmless(hold.cause)}: ${brief(hold.reason, 80)}, since ${moment(hold.at)})`;
      const [screen, shell] = connectLines(news.phone) ?? [];
      return [
        `Phone ${harmless(news.device)} is on, for ${harmless(name)}${why}.`,
        ...(screen === undefined ? [] : [`  screen    ${screen}`, `  shell     ${shell}`]),
        ...(news.page === null ? [] : [`  provider  ${harmless(news.page)}`]),
        "Nobody else gets it until you are done. What the app asks of a person is yours to answer.",
      ];
    }
    case "checking":
      return ["The poster looks at the account ..."];
    case "checked":
      return [`The check says: ${seenLine(news.seen)}`];
    case "giving_back":
      return [`Phone ${harmless(news.device)} is being given back ...`];
  }
}

export function seenLine(seen: Checkup): string {
  switch (seen.is) {
    case "fine":
      return "it could post";
    case "failed": {
      const { category, cause, evidence } = seen.failure;
      return `${category}, ${harmless(cause)}: ${brief(evidence.message, 200)}`;
    }
    case "untold":
      return `nothing: ${harmless(seen.why)}`;
  }
}

/** The fields of a line of JSON; its type is `repair.` and the news's. */
export function repairJson({ name, platform }: AccountView, news: RepairNews): object {
  const head = { account: name, platform };
  if (news.type === "checking") return head;
  if (news.type === "checked") return { ...head, ...seenJson(news.seen) };
  if (news.type === "in_use") return { ...head, device: news.device, campaign: news.campaign };
  if (news.type !== "ready") return { ...head, device: news.device };
  const { device, phone, page } = news;
  const { serial, adbPort } = phone;
  return { ...head, device, serial, adb_port: adbPort, connect: connectLines(phone)?.[0] ?? null, page };
}

function seenJson(seen: Checkup): object {
  if (seen.is === "fine") return { result: "fine", category: null, cause: null, message: null };
  if (seen.is === "untold") return { result: "untold", category: null, cause: null, message: seen.why };
  const { category, cause, evidence } = seen.failure;
  return { result: "failed", category, cause, message: evidence.message };
}
