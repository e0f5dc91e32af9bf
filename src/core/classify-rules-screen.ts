// Text rules for what a platform's screen says of an account, a media file or a caption.
import { inAllLanguages } from "./classify-languages.ts";
import type { Rule } from "./classify-rule.ts";

/** A platform's block passes after a day, ms (3-semantics 3.3). */
export const ACTION_BLOCK_MS = 24 * 3_600_000;

const account = { category: "account", rank: 60, reads: "screen", notSteps: "machine" } as const;
const content = { category: "content", rank: 50, reads: "screen", notSteps: "machine" } as const;
const abroad = (key: Parameters<typeof inAllLanguages>[0]) => [`/${inAllLanguages(key)}/`];

/** Words with which one speaks of an account that can't be used any more. */
const ACCOUNT = "(?:account|profile|page)s?";

const ACCOUNT_RULES: readonly Rule[] = [
  {
    ...account,
    id: "account-suspended",
    cause: "suspended",
    any: [
      `/\\b${ACCOUNT}\\b[^.\\n]{0,60}\\b(?:suspended|suspension)\\b/`,
      `/\\b(?:suspended|suspension)\\b[^.\\n]{0,30}\\b${ACCOUNT}\\b/`,
      "/^(?:\\w{0,30}(?:error|exception|failure): ?)?suspended\\b/",
      "/\\byou(?:'ve| have|'re| are)? (?:been )?(?:\\w+ )?suspended\\b/",
      "/\\baccount_?suspended(?:_?error|_?exception)?\\b/",
    ],
  },
  {
    ...account,
    id: "account-disabled",
    cause: "disabled",
    any: [
      `/\\b${ACCOUNT}\\b[^.\\n]{0,60}\\b(?:disabled|deactivated|terminated|deleted|removed|closed|termination|deactivation)\\b/`,
      `/\\b(?:disabled|deactivated|terminated|permanently (?:deleted|removed))(?: your| the| this| their| my)? ${ACCOUNT}\\b/`,
      "/\\baccount_?(?:disabled|deactivated|terminated|deleted)(?:_?error|_?exception)?\\b/",
    ],
    none: [
      "/\\b(?:button|comments?|option|feature|sound|toggle|switch|messaging|direct messages|notifications?|caching)\\b[^.\\n]{0,30}\\bdisabled\\b/",
    ],
  },
  {
    ...account,
    id: "account-locked",
    cause: "locked",
    any: [
      `/\\b${ACCOUNT}\\b[^.\\n]{0,30}\\blocked\\b/`,
      "/\\blocked (?:out of )?(?:your|the|this|their) account\\b/",
      "/\\baccount_?locked\\b/",
    ],
    none: ["temporarily"],
  },
  {
    ...account,
    id: "account-banned",
    cause: "banned",
    any: [
      "/\\b(?:account|you|user|profile)\\b[^.\\n]{0,40}\\b(?:banned|permanent ban)\\b/",
      "/\\b(?:banned|ban)\\b[^.\\n]{0,30}\\baccount\\b/",
      "/^(?:\\w{0,30}(?:error|exception|failure): ?)?banned\\b/",
      "/\\baccount_?banned\\b/",
    ],
  },
  {
    ...account,
    id: "challenge",
    cause: "challenge",
    any: [
      "captcha",
      "/\\b(?:confirm|verify|prove)(?: that)? (?:it's|it is|this is|this was|it was) (?:really )?you\\b/",
      "/\\b(?:confirm|verify|prove|make sure|check)(?: that)? (?:you're|you are|they're|they are) (?:a )?(?:real |human|not a (?:ro)?bot)/",
      "/\\b(?:confirm|verify) (?:your|their|the account's|the user's|its) (?:identity|account|phone|e-?mail|age|number|birthday)\\b/",
      "/\\baccount\\b[^.\\n]{0,20}\\b(?:needs|requires?|must)\\b[^.\\n]{0,30}\\b(?:verification|verified|confirmation|confirmed|review)\\b/",
      "/\\b(?:identity|human|security|two-factor|2fa|login|account|age|phone|e-?mail) (?:verification|check(?:point)?|challenge|confirmation)\\b/",
      "/\\b(?:suspicious|unusual) (?:log-?in|sign-?in|activity|behaviou?r)\\b/",
      "/\\b(?:challenge|checkpoint|verification)_?required\\b/",
      "/^(?:challenge|checkpoint|verification)\\b(?: required)?/",
      "/\\b(?:a|the) (?:challenge|checkpoint) (?:is |was )?(?:required|shown|appeared|screen|page|dialog|prompt)\\b/",
      "/\\bwe (?:suspect|detected|noticed|found|think)(?:ed)?\\b[^.\\n]{0,30}\\bautomated (?:behaviou?r|activity)/",
      "two-factor authentication",
      "two-step verification",
      "/\\benter (?:the|your|a) (?:\\w+[- ]){0,2}(?:code|pin)\\b/",
      "/\\b(?:verification|security|confirmation|login|(?:4|5|6|8)-digit|one-time) (?:code|passcode)\\b/",
      "/\\b(?:upload|take|submit) a (?:video )?selfie\\b/",
      "/\\b(?:slide|drag|swipe)\\b[^.\\n]{0,20}\\b(?:slider|puzzle|verify)\\b/",
      "/\\b(?:solve|complete)\\b[^.\\n]{0,12}\\b(?:puzzle|challenge)\\b/",
      "/\\bwas this you\\b/",
    ],
    // a promotion, not a gate
    none: ["/\\bmeta verif(?:ied|ication)\\b/"],
  },
  {
    ...account,
    id: "challenge-robot",
    cause: "challenge",
    reads: "log", // says it by a denial
    any: ["/\\bnot a (?:ro)?bot\\b/"],
  },
  {
    ...account,
    id: "action-blocked",
    cause: "action_blocked",
    rank: 59,
    any: [
      "/\\bactions?(?: (?:was|were|is|has been))?[ _]?blocked\\b/",
      "/\\bfeedback_?required\\b/",
      "/\\b(?:temporarily|currently) (?:blocked|restricted|limited|locked|suspended)\\b/",
      "/\\btemporary (?:block|restriction|ban)\\b/",
      "/\\bblocked from\\b[^.\\n]{0,30}\\b(?:posting|sharing|using|taking|performing|uploading|publishing)\\b/",
      "/\\bwe (?:restrict|limit) (?:certain|how often|your)\\b/",
      "/\\baccount\\b[^.\\n]{0,40}\\b(?:restricted|limited|blocked|restriction|flagged)\\b/",
      "/\\b(?:posting|sharing|uploading) (?:too often|too fast|too (?:much|many)|too frequently)\\b/",
      "/\\byou(?:'re| are) (?:going|doing (?:this|that)) too (?:fast|often)\\b/",
      "/\\b(?:reached|hit|exceeded) (?:your|the|its) (?:daily |hourly )?(?:posting|post|upload|publishing) (?:limit|quota)\\b/",
      "/\\bwait (?:a few|some|\\d+) (?:minutes|hours|days) before (?:you )?(?:try|post|shar)/",
      "/\\b(?:this )?feature (?:is |isn't )?(?:currently |temporarily )?(?:unavailable|blocked)\\b[^.\\n]{0,20}\\bto you\\b/",
    ],
    none: ["/\\bprivate account\\b/"],
    cooldownMs: ACTION_BLOCK_MS,
  },
  {
    ...account,
    id: "logged-out",
    cause: "logged_out",
    rank: 58,
    any: [
      "/\\blogged[ _-]?out\\b/",
      "/\\bsigned[ _-]out\\b/",
      "/\\b(?:please|must|need(?:s)? to|have to|has to) (?:log|sign)[ -]?(?:back )?in\\b/",
      "/\\b(?:log|sign) ?(?:back )?in (?:again|to (?:continue|your|see|post|share|upload|use|instagram|tiktok|facebook|threads|youtube|x\\b))/",
      "/\\b(?:log-?in|sign-?in) (?:is )?required\\b/",
      "/\\blogin_?required\\b/",
      "/\\b(?:log-?in|sign-?in|log in|sign in|welcome) (?:screen|page|form|prompt|wall|dialog|view)\\b/",
      "create new account",
      "/\\bforgot(?:ten)? (?:your )?password\\b/",
      "/\\b(?:phone number|username),? (?:e-?mail|username)(?: address)?,? or (?:e-?mail|username|phone)\\b/",
      "/\\b(?:wrong|incorrect|invalid) (?:password|credentials for)\\b/",
      "/\\bpassword (?:was|is|you entered is) incorrect\\b/",
      "/\\b(?:your|the|login|user) (?:login |user )?session (?:has |is |was )?(?:expired|ended|timed out)\\b[^.\\n]{0,30}\\b(?:log|sign)/",
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
      "/\\b(?:user|account|they|app)\\b[^.\\n]{0,20}\\b(?:not|n't|no longer) authenticated\\b/",
      "/\\baccount\\b[^.\\n]{0,20}\\b(?:not|n't|no longer) (?:allowed|permitted|eligible|able) to (?:post|share|upload|publish)\\b/",
      "/\\byou (?:don't|do not|no longer) have (?:permission|access) to (?:post|share|upload|publish)\\b/",
    ],
    none: ["/\\badb\\b/", "/\\b(?:whether|if)\\b[^.\\n]{0,40}\\b(?:logged|signed) in/"],
  },

  // --- the same in other languages
  { ...account, id: "account-suspended-abroad", cause: "suspended", any: abroad("suspended") },
  { ...account, id: "account-disabled-abroad", cause: "disabled", any: abroad("disabled") },
  { ...account, id: "challenge-abroad", cause: "challenge", any: abroad("challenge") },
  {
    ...account,
    id: "action-blocked-abroad",
    cause: "action_blocked",
    rank: 61, // "temporarily blocked" before "blocked"
    any: abroad("blocked"),
    cooldownMs: ACTION_BLOCK_MS,
  },
  { ...account, id: "logged-out-abroad", cause: "logged_out", rank: 58, any: abroad("loggedOut") },
  { ...account, id: "not-logged-in-abroad", cause: "logged_out", rank: 58, reads: "log", any: abroad("notLoggedIn") },

  // --- "try again later" is a block when the platform says it; machines say it too, and are asked before
  {
    ...account,
    id: "try-again-later",
    cause: "action_blocked",
    rank: 56,
    any: [
      "/\\btry (?:that |this )?again (?:later|tomorrow|in (?:a few|some|\\d+) (?:minutes|hours|days))\\b/",
      ...abroad("later"),
    ],
    none: [
      "/\\b(?:adb|appium|apis?|http|provider|cloud ?phones?|emulator|gateway|upstream|backend|proxy|webdriver|uiautomator2?|sockets?|econn\\w+|[45]\\d\\d)\\b/",
      "/\\b(?:server|service|device|phone|request|connection|network|internet|session|upload|download)s?\\b[^.\\n]{0,60}\\b(?:busy|overloaded|unavailable|down|offline|in use|timed? ?out|timeout|failed|error|lost|refused|unreachable|maintenance|not (?:ready|available|responding))/",
      "/\\b(?:timed? ?out|timeout|maintenance|no internet)\\b/",
    ],
    cooldownMs: ACTION_BLOCK_MS,
  },
];

const CONTENT_RULES: readonly Rule[] = [
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
      "/\\b(?:select|choose|pick|add|attach) (?:a |an |some |your |at least one )?(?:video|photo|image|file|media)s?(?: file)? (?:first|to (?:continue|post|share|upload)|before)\\b/",
      "/\\bno (?:media|video|photo|image|file) (?:is |was |has been )?(?:selected|attached|chosen|given|provided)\\b/",
    ],
    // What lacks on the phone's side is not the job's file.
    none: [
      "/\\badb\\b[^\\n]{0,200}\\b(?:pull|remote|screencap|install|shell)\\b/",
      "/\\b(?:element|selector)\\b/",
      "/\\bon (?:the )?(?:phone|device)\\b/",
    ],
  },
  {
    ...content,
    id: "media-unreadable",
    cause: "media_unreadable",
    reads: "log",
    any: [
      "moov atom not found",
      "invalid data found when processing input",
      "/\\berror reading header\\b/",
      "/\\bcould not find codec parameters\\b/",
      "/\\b(?:unsupported|unknown|invalid|unrecogni[sz]ed) (?:video|image|media|file|audio|container)? ?(?:format|codec|container|encoding)\\b/",
      "/\\b(?:unsupported|unknown|invalid) (?:video|image|media|file|audio) type\\b/",
      "/\\b(?:type|format|codec|container|encoding|resolution|aspect ratio|frame rate|bitrate)\\b[^.\\n]{0,40}\\b(?:(?:not|n't) (?:be )?(?:supported|allowed|accepted|recogni[sz]ed)|unsupported|unrecogni[sz]able|unrecogni[sz]ed)/",
      "/\\b(?:unable to|could not|couldn't|cannot|can't|failed to) (?:decode|parse|probe|demux|read|open|load|process|import) (?:the |this |your |that )?(?:video|image|media|photo|input file|container)\\b/",
      "/\\bno (?:video|audio) (?:track|stream)s?\\b/",
      "cannot identify image file",
      "/\\bunrecogni[sz]able format\\b/",
      "/\\binput file is missing\\b/",
      "/\\bpremature end of (?:jpeg|file|input|image)\\b/",
      "/\\bonly (?:\\w+ ){0,3}(?:files?|videos?|images?|formats?|types?)(?: \\w+){0,2} (?:are|is|can be) (?:allowed|supported|accepted|uploaded)\\b/",
      "/\\b(?:caption|title|description)s? (?:is|are|can't be|cannot be|must not be|may not be) (?:required|empty|missing|blank)\\b/",
      "/\\b(?:enametoolong|name too long|too many symbolic links|null bytes?)\\b/",
      "/\\b(?:multiple files|file not found ?:)/",
    ],
    none: ["/\\b(?:json|xml|yaml|config|capabilit\\w+|response|adb|apk)\\b/"],
  },
  {
    ...content,
    id: "media-damaged",
    cause: "media_unreadable",
    any: [
      "/\\b(?:file|video|image|media|photo|mp4|mov)\\b[^.\\n]{0,40}\\b(?:is|was|seems|appears|looks)? ?(?:to be )?(?:corrupt|corrupted|damaged|truncated|unreadable|empty|broken)\\b/",
      "/\\b(?:corrupt|corrupted|damaged|truncated|unreadable|empty) (?:file|video|image|media|photo|mp4)\\b/",
      "unsupported media",
      "unsupported image",
      "/\\b(?:media|video|image|file) (?:type|format) (?:is )?(?:unsupported|invalid)\\b/",
    ],
    none: ["/\\b(?:json|config|log|ledger|database|apk|download)\\b[^.\\n]{0,20}\\b(?:corrupt|empty|damaged)/"],
  },
  {
    ...content,
    id: "content-too-long",
    cause: "too_long",
    any: [
      "/\\b(?:caption|description|text|video|clip|reel|file|media|image|photo|title|comment)s?\\b[^.\\n]{0,40}\\b(?:too (?:long|short|large|big|small)|exceeds?|over the (?:limit|maximum))\\b/",
      "/\\b(?:exceeds?|over) (?:the )?(?:max(?:imum)?|limit|\\d)[^.\\n]{0,40}\\b(?:characters|length|duration|size|seconds|minutes|mb|gb|hashtags)\\b/",
      "/\\btoo many (?:hashtags|tags|mentions|characters)\\b/",
      "hashtag limit",
      "/\\b(?:video|clip|reel|caption|file|photo|image)s?\\b[^.\\n]{0,30}\\b(?:must|needs? to|has to) be\\b[^.\\n]{0,20}\\b(?:shorter|longer|smaller|under|less than|at (?:least|most)|between|below)\\b/",
      "/\\b(?:choose|select|use|upload) a (?:shorter|longer|smaller|different) (?:video|clip|file|photo|image|caption)\\b/",
      "/\\bfile size\\b[^\\n]{0,30}\\b(?:greater than|larger than|exceeds?|over)\\b/",
      "/\\b(?:file|video|image) too (?:large|big|long|short)\\b/",
    ],
    none: ["/\\b(?:took|takes|taking|waited|waiting) too long\\b/", "/\\brequest (?:header|uri)\\b/"],
  },
  {
    ...content,
    id: "content-rejected",
    cause: "rejected",
    any: [
      "/\\b(?:video|reel|post|photo|image|story|media|content|file|caption)\\b[^.\\n]{0,20}\\b(?:can't|cannot|can not) be (?:posted|shared|uploaded|published|used|played|imported)\\b/",
      "/\\b(?:video|reel|post|photo|image|story|media|content|caption|audio|sound)\\b[^.\\n]{0,40}\\b(?:was|is|has been|have been|were) (?:rejected|removed|muted|taken down|flagged|refused)\\b/",
      "/\\b(?:goes against|go against|violates?|violated|violating|breaches)\\b[^.\\n]{0,40}\\b(?:community|guidelines|standards|terms|policy|policies|rules)\\b/",
      "/\\bwe(?:'ve| have)? (?:removed|took down|rejected) your (?:video|reel|post|photo|story|content)\\b/",
      "/\\b(?:caption|comment|text|title)s?\\b[^.\\n]{0,30}\\b(?:contains?|includes?)\\b[^.\\n]{0,30}\\b(?:forbidden|banned|prohibited|blocked|not allowed|invalid|disallowed)\\b/",
      "/\\b(?:forbidden|banned|prohibited) (?:words?|hashtags?|content|links?)\\b/",
      "/\\bcopyright(?:ed)?\\b[^.\\n]{0,40}\\b(?:claim|infring|violation|match|owner|strike|music|audio|content|material)/",
      "/\\b(?:aspect ratio|resolution|frame rate|bitrate)\\b[^.\\n]{0,40}\\b(?:unsupported|not supported|invalid|must|too)\\b/",
      "/\\b(?:already|previously) (?:posted|shared) this\\b/",
      "/\\b(?:duplicate|identical) (?:content|video|post)\\b/",
      ...abroad("rejected"),
    ],
  },
];

export const SCREEN_RULES: readonly Rule[] = [...ACCOUNT_RULES, ...CONTENT_RULES];
