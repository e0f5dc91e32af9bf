import { plainText, undenied } from "./classify-shown.ts";

/**
 * Whether a text shows an upload under way or done, so that the post may be live though the attempt ended as failed.
 *
 * May turn `failed` into `unconfirmed`, never back. What the text denies does not count. Total.
 * Source: 3-semantics 3.3 ("Text may move an attempt from failed to unconfirmed, never back")
 */
export function mayBePublished(text: string): boolean {
  const plain = plainText(text);
  return UNDER_WAY.test(plain) && UNDER_WAY.test(undenied(plain));
}

const WHAT = "(?:reels?|posts?|video|photo|story|content|upload|media|carousel|it)";
const DOING = "(?:upload|post|shar|publish|send|process)";
const DONE = "(?:uploaded|posted|shared|published|sent|processed|finali[sz]ed)";
const UNDER_WAY = new RegExp(
  [
    "\\bfinish (?:posting|uploading|sharing|publishing)",
    "\\bkeep [^.\\n]{0,40}\\bopen (?:to|while|until)\\b",
    "\\bsharing to\\b",
    // The app's own banner: "Posting...", "Uploading... 40 %"
    `\\b${DOING}ing ?(?:\\.\\.\\.|\\d+ ?%)`,
    `\\b(?:is|are|was|were) (?:still |currently |now |actively )?(?:being ${DONE}|(?:upload|publish)ing)\\b`,
    `\\b(?:still|currently|actively) (?:${DOING}ing|being ${DONE})\\b`,
    `\\b${WHAT} (?:is|are) (?:still |currently |now )?${DOING}ing\\b`,
    `\\b(?:${DOING}ing|upload|publication|submission) (?:is |was )?(?:still |currently )?(?:in progress|ongoing|under ?way|pending)\\b`,
    `\\b(?:ongoing|pending|active) (?:upload|${DOING}ing)\\b`,
    `\\bprogress bar\\b[^.\\n]{0,80}\\b${DOING}(?:ing|ed)?\\b`,
    `\\b${DOING}(?:ing)? progress\\b`,
    `\\byour ${WHAT} (?:is|was|has been|have been|will be) (?:being )?${DONE}`,
    `\\b(?:successfully ${DONE}|${DONE} successfully)\\b`,
  ].join("|"),
);
