// Text rules for what a platform's screen says of an account, a media file or a caption.
import { MACHINE_STEPS } from "./classify-codes.ts";
import type { Rule } from "./classify-rule.ts";

/** A platform's block passes after a day, ms (3-semantics 3.3). */
export const ACTION_BLOCK_MS = 24 * 3_600_000;

const account = { category: "account", rank: 60, reads: "screen", notSteps: MACHINE_STEPS } as const;
const content = { category: "content", rank: 50, reads: "screen", notSteps: MACHINE_STEPS } as const;

export const SCREEN_RULES: readonly Rule[] = [
  // --- this account can't post
  {
    ...account,
    id: "account-suspended",
    cause: "suspended",
    any: [
      "/\\baccount\\b[^.\\n]{0,60}\\b(?:suspended|suspension)\\b/",
      "/\\bsuspended\\b[^.\\n]{0,30}\\baccount\\b/",
      "/^(?:\\w{0,30}(?:error|exception|failure): ?)?suspended\\b/",
      "you have been suspended",
      "you've been suspended",
      "account_suspended",
      "accountsuspended",
    ],
  },
  {
    ...account,
    id: "account-disabled",
    cause: "disabled",
    any: [
      "/\\baccount\\b[^.\\n]{0,60}\\b(?:disabled|deactivated|terminated|deleted|removed|closed|termination)\\b/",
      "/\\b(?:disabled|deactivated|terminated|permanently deleted)(?: your| the| this| their| my)? account\\b/",
      "account_disabled",
      "accountdisabled",
    ],
  },
  {
    ...account,
    id: "account-locked",
    cause: "locked",
    any: ["/\\baccount\\b[^.\\n]{0,30}\\blocked\\b/", "/\\blocked (?:your|the|this|their) account\\b/"],
    none: ["temporarily"],
  },
  {
    ...account,
    id: "account-banned",
    cause: "banned",
    any: [
      "/\\b(?:account|you|user|profile)\\b[^.\\n]{0,40}\\bbanned\\b/",
      "/\\bbanned\\b[^.\\n]{0,30}\\baccount\\b/",
      "/^(?:\\w{0,30}(?:error|exception|failure): ?)?banned\\b/",
      "account_banned",
      "accountbanned",
    ],
  },
  {
    ...account,
    id: "challenge",
    cause: "challenge",
    any: [
      "captcha",
      "/\\b(?:confirm|verify|prove)(?: that)? (?:it's|it is|this is|this was) (?:really )?you\\b/",
      "/\\b(?:confirm|verify|prove)(?: that)? (?:you're|you are|they're|they are) (?:a )?(?:human|not a robot)/",
      "/\\b(?:confirm|verify) (?:your|their|the account's) (?:identity|account|phone|e-?mail|age)\\b/",
      "/\\baccount\\b[^.\\n]{0,20}\\b(?:needs|requires?|must)\\b[^.\\n]{0,30}\\b(?:verification|verified|confirmation|review)\\b/",
      "/\\b(?:identity|human|security|two-factor|2fa|login) (?:verification|check|challenge|confirmation)\\b/",
      "/\\b(?:suspicious|unusual) (?:log-?in|sign-?in|activity)\\b/",
      "/\\b(?:challenge|checkpoint|verification)_required\\b/",
      "checkpointrequired",
      "challengerequired",
      "/\\bwe (?:suspect|detected|noticed|found)(?:ed)?\\b[^.\\n]{0,30}\\bautomated (?:behaviou?r|activity)/",
      "two-factor authentication",
      "enter the code",
      "enter your code",
      "/\\b(?:verification|security|confirmation|login|6-digit) code\\b/",
      "not a robot",
      "upload a selfie",
    ],
  },
  {
    ...account,
    id: "action-blocked",
    cause: "action_blocked",
    rank: 59,
    any: [
      "action blocked",
      "action_blocked",
      "actionblocked",
      "feedback_required",
      "/\\b(?:temporarily|currently) (?:blocked|restricted|limited|locked)\\b/",
      "/\\bblocked from\\b[^.\\n]{0,30}\\b(?:posting|sharing|using|taking|performing)\\b/",
      "/\\bwe (?:restrict|limit) (?:certain|how often|your)\\b/",
      "/\\baccount\\b[^.\\n]{0,40}\\b(?:restricted|limited|blocked|restriction)\\b/",
      "posting too often",
      "posting too fast",
      "/\\btry again (?:later|tomorrow|in (?:a few|some|\\d+) (?:minutes|hours|days))\\b/",
    ],
    cooldownMs: ACTION_BLOCK_MS,
  },
  {
    ...account,
    id: "logged-out",
    cause: "logged_out",
    rank: 58,
    any: [
      "/\\blogged[ _-]out\\b/",
      "/\\bsigned out\\b/",
      "/\\b(?:please|must|need(?:s)? to|have to|has to) (?:log|sign)[ -]?(?:back )?in\\b/",
      "/\\b(?:log|sign) ?in (?:again|to (?:continue|your|see|post|instagram|tiktok|facebook))\\b/",
      "/\\b(?:log-?in|sign-?in) (?:is )?required\\b/",
      "login_required",
      "loginrequired",
      "/\\b(?:log-?in|sign-?in|log in|sign in) (?:screen|page|form|prompt|wall|dialog)\\b/",
      "create new account",
      "/\\b(?:wrong|incorrect|invalid) password\\b/",
      "password was incorrect",
      "/\\byour (?:login )?session (?:has |is )?(?:expired|ended)\\b/",
    ],
  },
  {
    ...account,
    id: "not-logged-in",
    cause: "logged_out",
    rank: 58,
    reads: "log", // says it by a denial
    any: [
      "/\\b(?:not|isn't|aren't|no longer) (?:currently )?(?:logged|signed) in\\b/",
      "/\\bno(?:t| longer) authenticated\\b/",
    ],
    none: ["/\\badb\\b/"],
  },

  // --- this media or caption can't be posted
  {
    ...content,
    id: "media-missing",
    cause: "media_missing",
    rank: 56,
    reads: "log",
    any: [
      "/\\b(?:no such file or directory|cannot stat|enoent|file not found|filenotfounderror)\\b[^\\n]{0,200}\\.(?:mp4|mov|m4v|webm|mkv|jpe?g|png|webp|gif)\\b/",
      "/\\.(?:mp4|mov|m4v|webm|mkv|jpe?g|png|webp|gif)\\b[^\\n]{0,60}\\b(?:no such file or directory|not found|does not exist|doesn't exist)/",
      "/\\b(?:media|video|image|photo)(?: file)? (?:is missing|not found|does not exist|doesn't exist)\\b/",
    ],
    // What lacks on the phone's side is not the job's file.
    none: ["adb pull", "/\\badb\\b[^\\n]{0,60}\\bpull\\b/"],
  },
  {
    ...content,
    id: "media-unreadable",
    cause: "media_unreadable",
    reads: "log",
    any: [
      "moov atom not found",
      "invalid data found when processing input",
      "/\\b(?:file|video|image|media|photo|mp4|mov)\\b[^.\\n]{0,40}\\b(?:is|was|seems|appears)? ?(?:corrupt|corrupted|damaged|truncated|unreadable|empty)\\b/",
      "/\\b(?:corrupt|corrupted|damaged|truncated|unreadable) (?:file|video|image|media|photo|mp4)\\b/",
      "/\\b(?:unsupported|unknown|invalid) (?:video|image|media|file|audio|container)? ?(?:format|codec|type|container|encoding)\\b/",
      "/\\b(?:type|format|codec|container|encoding|resolution)\\b[^.\\n]{0,40}\\b(?:(?:not|n't) (?:be )?(?:supported|allowed|accepted|recogni[sz]ed)|unsupported|unrecogni[sz]able|unrecogni[sz]ed)/",
      "unsupported media",
      "unsupported image",
      "/\\b(?:unable to|could not|couldn't|cannot|can't|failed to) (?:decode|parse|probe|demux|read) (?:the |this )?(?:video|image|media|photo|file|container|input)/",
      "/\\bno (?:video|audio) (?:track|stream)\\b/",
      "cannot identify image file",
      "/\\b(?:enametoolong|name too long|too many symbolic links)\\b/",
    ],
  },
  {
    ...content,
    id: "content-too-long",
    cause: "too_long",
    any: [
      "/\\b(?:caption|description|text|video|clip|reel|file|media|image|photo|title|comment)\\b[^.\\n]{0,40}\\b(?:too (?:long|short|large|big|small)|exceeds?|over the (?:limit|maximum))\\b/",
      "/\\b(?:exceeds?|over) the (?:max(?:imum)?|limit)\\b[^.\\n]{0,40}\\b(?:characters|length|duration|size|seconds|minutes|mb|hashtags)\\b/",
      "too many hashtags",
      "hashtag limit",
      "/\\b(?:video|clip|reel|caption|file|photo|image)s?\\b[^.\\n]{0,30}\\b(?:must|needs? to|has to) be\\b[^.\\n]{0,20}\\b(?:shorter|longer|smaller|under|less than|at (?:least|most)|between|below)\\b/",
      "/\\b(?:choose|select|use|upload) a (?:shorter|longer|smaller|different) (?:video|clip|file|photo|image|caption)\\b/",
      "/\\bfile size\\b[^\\n]{0,30}\\b(?:greater than|larger than|exceeds?|over)\\b/",
      "file too large",
    ],
  },
  {
    ...content,
    id: "content-rejected",
    cause: "rejected",
    any: [
      "/\\b(?:video|reel|post|photo|image|story|media|content|file|caption)\\b[^.\\n]{0,20}\\b(?:can't|cannot|couldn't|could not|can not) be (?:posted|shared|uploaded|published|used|played|imported)\\b/",
      "/\\b(?:video|reel|post|photo|image|story|media|content|caption|audio|sound)\\b[^.\\n]{0,40}\\b(?:was|is|has been|have been|were) (?:rejected|removed|muted|blocked|taken down|flagged|not allowed)\\b/",
      "/\\b(?:goes against|violates?|violating|breaches)\\b[^.\\n]{0,40}\\b(?:community|guidelines|standards|terms|policy|policies)\\b/",
      "/\\bwe(?:'ve| have)? (?:removed|took down|rejected) your (?:video|reel|post|photo|story|content)\\b/",
      "/\\b(?:caption|comment|text|title)s?\\b[^.\\n]{0,30}\\b(?:contains?|includes?)\\b[^.\\n]{0,30}\\b(?:forbidden|banned|prohibited|blocked|not allowed|invalid)\\b/",
      "/\\bcopyright\\b[^.\\n]{0,40}\\b(?:claim|infring|violation|match|owner|strike)/",
      "/\\b(?:aspect ratio|resolution|frame rate|bitrate)\\b[^.\\n]{0,40}\\b(?:unsupported|not supported|invalid|must|too)\\b/",
      "/\\b(?:already|previously) (?:posted|shared) this\\b/",
    ],
  },
];
