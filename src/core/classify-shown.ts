// What a text really says: descriptions of screens deny, guess, advise and quote. None of that is evidence.

/** Lower case, plain quotes and spaces, no colours. Long texts keep their first 4 kB and last 8 kB. */
export function plainText(text: string): string {
  const bounded = text.length > HEAD + TAIL ? `${text.slice(0, HEAD)}\n${text.slice(-TAIL)}` : text;
  const plain = bounded
    .toLowerCase()
    .replace(/[\u2018\u2019\u201b]/g, "'")
    .replace(/[\u201c\u201d\u201e]/g, '"')
    .replace(/\u2026/g, "...")
    .replace(/[\t\r\u00a0\u2009\u202f\u3000]+/g, " ");
  return plain.includes(ESCAPE) ? plain.replace(COLOUR, "") : plain;
}

/** What the text claims of the screen: without denials, guesses, advice, captions, names of elements and files. */
export function shownWords(plain: string): string {
  const bare = plain.replace(QUOTED_NAME, "$1 ").replace(FREE_CAPTION, "caption ").replace(PATH, " ");
  if (!DENIAL.test(bare) && !GUESS.test(bare) && !ABSENT.test(bare)) return bare;
  return bare
    .split(SENTENCE_END)
    .map((sentence) => withoutDenials(sentence.replace(GUESSED, " ")))
    .join(" ");
}

/** The text without what it denies; guesses and quotes stay. */
export function undenied(plain: string): string {
  return plain.split(SENTENCE_END).map(withoutDenials).join(" ");
}

/** Cuts each denied part: from the denying word to the end of its clause, or from the clause's start to "is not shown". */
function withoutDenials(sentence: string): string {
  let rest = sentence.replace(DENIED_AFTER, "$1 ");
  let kept = "";
  for (;;) {
    const at = rest.search(DENIAL);
    if (at < 0) return kept + rest;
    kept += rest.slice(0, at);
    const denied = rest.slice(at);
    const end = denied.search(CLAUSE_END);
    if (end < 0) return kept;
    kept += " ";
    rest = denied.slice(Math.max(end, 1));
  }
}

const HEAD = 4096;
const TAIL = 8192;
const ESCAPE = String.fromCharCode(27);
const COLOUR = new RegExp(`${ESCAPE}\\[[0-9;]*m`, "g");

const SENTENCE_END = /(?<=[.!?;]["')]?)\s|\n/;

// "can't post", "could not share" are refusals, not denials: only forms of be, do and have deny, and failed searches.
const DENIAL =
  /\b(?:no(?! longer\b)|without|neither|nor|none|never|(?:absence|lack|free|instead) of|rather than|(?:is|are|was|were|does|do|did|has|have|had)n't|(?<!\b(?:can|could|will|would) )not(?! only\b)|(?:can't|cannot|can not|could not|couldn't) (?:see|find|detect|spot|identify))\b/;
const CLAUSE_END =
  /[:;]|\b(?:but|however|although|though|because|since|yet|so|which|while|until|unless|except|other than|besides|apart from)\b|,\s*(?:and )?(?:we|you|your|they|it|the|this|an?|please|account|instead|was|is|has)\b|\band (?:we|you|your|the|this|it|was|were|is|are|has|have|had)\b| [-\u2013\u2014] /;

const NOT_SEEN =
  "(?:(?:is|are|was|were|does|do|did|has|have)(?:n't| not)|not) (?:been )?(?:currently )?(?:visible|shown|displayed|present|appear|seen|detected|found|there)\\b|(?:is|are|was|were) absent\\b|[:=] ?(?:false|no|none|0)(?=\\s*(?:[,;.)\\]}]|$))";
const ABSENT = new RegExp(NOT_SEEN);
const DENIED_AFTER = new RegExp(`(^|[,:;]|\\b(?:but|and)\\b)[^,:;]{0,120}?(?:${NOT_SEEN})`, "g");

const GUESS =
  /\b(?:may (?:have|be|need|indicate|mean)|might|could (?:have|be|indicate|mean)|possibly|perhaps|potentially|maybe|probably|likely|if|whether|should|would|to fix this|in case)\b/;
const GUESSED = new RegExp(`${GUESS.source}.*`, "g");

// The name of a thing on the screen or of a job's own text; what a message quotes for another reason stays.
const QUOTED_NAME =
  /\b(element|selector|locator|xpath|captions?|captioned|title|titled|hashtags?|comments?|username|named|user|file|folder)\b["']?[ :=(]{0,3}(?:"[^"\n]{0,400}"|'(?:[^'\n]|'(?=\w)){0,400}')/g;
const FREE_CAPTION = /\bcaption ?[:=] ?(?!(?:is|was|too|not|must|exceeds|invalid|missing|empty|has)\b)[^\n]*/g;
const PATH =
  /(?:(?<=^|[\s"'(=])(?:[a-z]+:\/\/|[a-z]:\\|\.{0,2}\/)[^\s"')]+)|(?<![^\s"'()])[^\s"'()]{1,300}\.(?:mp4|mov|m4v|webm|mkv|jpe?g|png|webp|gif|txt|json|csv|[cm]?[jt]s|py)\b/g;
