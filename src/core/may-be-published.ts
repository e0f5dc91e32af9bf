import { providerCodeOf } from "./classify-code.ts";
import { PROVIDER_IN_DOUBT } from "./classify-codes.ts";
import { inAllLanguages } from "./classify-languages.ts";
import { plainText } from "./classify-plain.ts";
import { undenied } from "./classify-shown.ts";
import { isAfterTap, isMachineStep, isMediaStep } from "./classify-steps.ts";
import type { Category, Evidence } from "./failure.ts";

/**
 * Whether a failure leaves the post in doubt: its text shows an upload under way or done, or it came after the tap.
 *
 * May turn `failed` into `unconfirmed`, never back. What the text denies does not count; after the tap a refusal that names
 * the account or the content is proof. Total.
 *
 * @param category  what the failure was judged as
 * Source: 3-semantics 3.1, 3.3 ("Text may move an attempt from failed to unconfirmed, never back")
 */
export function mayBePublished(evidence: Evidence, category: Category): boolean {
  const { message, step } = evidence;
  const isRefusal = category === "account" || category === "content";
  if (step !== undefined && isAfterTap(step) && !isRefusal) return true;
  const code = providerCodeOf(message);
  if (code !== null && PROVIDER_IN_DOUBT.includes(code)) return true;
  // what is uploaded in these steps goes to the phone, not to the platform
  const toPhone = step !== undefined && (isMachineStep(step) || isMediaStep(step));
  return showsUpload(message, toPhone ? ON_SCREEN : UNDER_WAY);
}

function showsUpload(text: string, pattern: RegExp): boolean {
  const plain = plainText(text);
  return pattern.test(plain) && pattern.test(undenied(plain));
}

const WHAT = "(?:reels?|posts?|video|photo|story|content|upload|media|carousel|clip|it)";
const DOING = "(?:upload|post|shar|publish|send|process|submitt)";
const DONE = "(?:uploaded|posted|shared|published|sent|processed|finali[sz]ed|submitted)";
/** The file's way to the phone is not the post's way out. */
const NOT_TO_PHONE =
  "(?![^.\\n]{0,40}\\b(?:to|onto|on) (?:the |this )?(?:cloud ?)?(?:phone|device|sdcard|emulator|gallery|storage|provider)\\b)";
const SHOWN = [
  `\\bfinish (?:posting|uploading|sharing|publishing)`,
  "\\bkeep [^.\\n]{0,40}\\bopen (?:to|while|until)\\b",
  "\\bsharing to\\b",
  "\\b(?:sharing|posting|publishing) your (?:reel|post|video|story|photo)",
  `\\byour ${WHAT} (?:is|was|has been|have been|will be) (?:now |being )?(?:live|${DONE})`,
  `\\b(?:share|post|publish) (?:button )?(?:was |has been |is )?(?:already )?(?:clicked|tapped|pressed)\\b`,
  `\\bafter (?:clicking|tapping|pressing|hitting) (?:on )?(?:the )?["']?(?:share|post|publish)\\b`,
  inAllLanguages("uploading"),
];
const ON_SCREEN = new RegExp(SHOWN.join("|"));
const UNDER_WAY = new RegExp(
  [
    ...SHOWN,
    // The app's own banner: "Posting...", "Uploading... 40 %"
    `\\b${DOING}ing ?(?:\\.\\.\\.|\\d+ ?%|\\(\\d+ ?%)`,
    `\\b(?:is|are|was|were) (?:still |currently |now |actively |just )?(?:being ${DONE}|(?:upload|publish)ing)\\b${NOT_TO_PHONE}`,
    `\\b(?:still|currently|actively|already) (?:${DOING}ing|being ${DONE})\\b${NOT_TO_PHONE}`,
    `\\b(?:reels?|posts?|video|photo|story|carousel) (?:is|are) (?:still |currently |now )?(?:${DOING}ing|being)\\b${NOT_TO_PHONE}`,
    `\\b(?:${DOING}ing|(?<!pre-)upload|publication|submission) (?:is |was |process is )?(?:still |currently )?(?:in progress|ongoing|under ?way|pending|running)\\b`,
    `\\b(?:ongoing|pending|active|running) (?:upload|${DOING}ing)\\b`,
    `\\bprogress (?:bar|indicator|ring|spinner|circle)\\b[^.\\n]{0,80}\\b(?:${DOING}(?:ing|ed)?|upload)\\b`,
    `\\b(?:${DOING}ing|upload) (?:progress|spinner|banner|indicator)\\b`,
    `\\b(?:upload|progress) (?:is |was )?(?:at|reached|stuck at) \\d+ ?%`,
    `\\b(?:finishing up|almost done|wrapping up)\\b`,
    `\\b(?:successfully ${DONE}|${DONE} successfully)\\b${NOT_TO_PHONE}`,
    `\\b(?:reel|post|video|story) (?:was|has been|is) (?:now )?(?:live|${DONE.replace("uploaded|", "")})\\b`,
    `\\b(?:posted|shared|published) (?:just now|\\d+ (?:seconds?|minutes?) ago)\\b`,
  ].join("|"),
);
