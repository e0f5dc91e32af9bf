// What a text really says of a screen: descriptions deny, guess, advise and quote. None of that is evidence.
import { inAllLanguages } from "./classify-languages.ts";
import { withoutOwnWords, withoutQuotes } from "./classify-quoted.ts";

/** What the text claims of the screen: without denials, guesses, advice, and what it only repeats. */
export function shownWords(plain: string): string {
  const bare = withoutQuotes(plain);
  const doubts = DENIAL.test(bare) || GUESS.test(bare) || ABSENT.test(bare) || MENDED.test(bare) || bare.includes("?");
  return doubts ? claims(bare, claimedPart) : bare;
}

/** The text without what it denies, advises and repeats of the job; guesses stay. */
export function undenied(plain: string): string {
  return claims(withoutOwnWords(plain), (sentence) =>
    QUESTION.test(sentence) ? "" : undeniedPart(sentence.replace(ADVISED, " ")),
  );
}

/** A log without captions and without the quotes that it denies; what it says in its own voice stays, denials too. */
export function toldWords(plain: string): string {
  const own = withoutOwnWords(plain);
  if (!/["']/.test(own) || !(DENIAL.test(own) || GUESS.test(own) || ABSENT.test(own))) return own;
  const { text, quotes } = seal(own);
  const told = text.split(SENTENCE_END).map((sentence) => {
    const claimed = claimedPart(sentence);
    // one word is a name or a path, not a message
    const keeps = (token: string, index: string) => claimed.includes(token) || !quotes[Number(index)]?.includes(" ");
    return sentence.replace(SEALED, (token, index: string) => (keeps(token, index) ? token : " "));
  });
  return unseal(told.join("\n"), quotes, (quote) => quote);
}

/** Takes each sentence's claims. A quote is one thing there, whatever stands in it; then its own sentences are taken. */
function claims(bare: string, part: (sentence: string) => string): string {
  const { text, quotes } = seal(bare);
  const take = (all: string) => all.split(SENTENCE_END).map(part).join(" ");
  return unseal(take(text), quotes, take);
}

function claimedPart(sentence: string): string {
  return QUESTION.test(sentence) || MENDED.test(sentence) ? "" : undeniedPart(sentence.replace(GUESSED, " "));
}

type Sealed = { text: string; quotes: string[] };

function seal(text: string): Sealed {
  const quotes: string[] = [];
  const sealed = text.replace(QUOTE, (quote: string) => {
    quotes.push(quote.slice(1, -1));
    // a full stop inside the quote ends the sentence outside, if another begins there
    return `${OPEN}${quotes.length - 1}${SHUT}${/[.!?]["']$/.test(quote) ? STOP : ""}`;
  });
  return { text: sealed.replace(STOP_BEFORE_SENTENCE, ". ").replaceAll(STOP, ""), quotes };
}

function unseal(text: string, quotes: readonly string[], read: (quote: string) => string): string {
  return text.replace(SEALED, (_, index: string) => `"${read(quotes[Number(index)] ?? "")}"`);
}

const [OPEN, SHUT, STOP] = ["\ue000", "\ue001", "\ue002"];
const SEALED = /\ue000(\d+)\ue001/g;
const QUOTE = /"[^"\n]{1,600}"|(?<![\w\ue001])'(?:[^'\n]|'(?=\w)){1,300}'(?!\w)/g;
const STOP_BEFORE_SENTENCE =
  /\ue002\s+(?=(?:the|this|there|that|it|a|an|to|since|however|no|i|we|you|user|in|at|instagram|tiktok|if|please|nothing)\b)/g;

/** Whether the clause that ends at `at` denies what comes next ("there was no ..."). */
export function isDeniedAt(plain: string, at: number): boolean {
  const sentence =
    plain
      .slice(Math.max(0, at - 300), at)
      .split(SENTENCE_END)
      .at(-1) ?? "";
  const clause = sentence.split(CLAUSE_END).at(-1) ?? "";
  return LOG_DENIAL.test(clause);
}

/** Cuts each denied part: from the denying word to the end of its clause, or from the clause's start to "is not shown". */
function undeniedPart(sentence: string): string {
  let rest = sentence.replace(FOUND_NONE, " ").replace(DENIED_AFTER, "$1 ");
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

const SENTENCE_END = /(?<=[.!?;\u3002\uff01\uff1f]["')]?)\s|(?<=[\u3002])|\n/;
const foreign = (key: "denies" | "deniesAfter" | "but") => inAllLanguages(key);

// "can't post", "could not share" are refusals, not denials: only forms of be, do and have deny, and failed searches.
const DENIAL = new RegExp(
  [
    "\\b(?:no(?! longer\\b| such\\b| (?:se )?(?:pued|pod|pud|tien|has\\b|hemos|estas|esta (?:permit|autoriz)|ha (?:ini|sido posible))|-)|no longer (?:suspended|banned|blocked|restricted|disabled|locked|limited|visible|shown|displayed|present|required|asked))\\b",
    "\\b(?:without|neither|nor|none|nothing|nowhere|never|zero|hardly|lack(?:s|ed|ing)?|devoid of|clear of|(?:absence|lack|free|instead) (?:of|from)|rather than|unlike(?:ly)?|rul(?:e|es|ed|ing) out)\\b",
    "\\b(?:is|are|was|were|does|do|did|has|have|had|wo)n't\\b",
    "(?<!\\b(?:can|could|will|would|may|might) )\\bnot(?! only\\b)\\b",
    "\\b(?:can't|cannot|can not|could not|couldn't|unable to|failed to|fails to|did not|didn't) (?:see|find|detect|spot|identify|notice|observe)\\b",
    "[\\u2717\\u2718\\u274c] ?",
    foreign("denies"),
  ].join("|"),
);
const CLAUSE_END = new RegExp(
  `[:;]|\\b(?:but|however|although|though|because|since|yet|so|which|while|until|unless|except|other than|besides|apart from)\\b|,\\s*(?:and )?(?:we|you|your|they|it|the|this|that|an?|please|account|instead|was|is|has|there|app|instagram|tiktok|facebook)\\b|\\band (?:we|you|your|the|this|it|was|were|is|are|has|have|had)\\b| [-\\u2013\\u2014] |\\b(?:we|i|it|app|screen) (?:see|sees|saw|shows?|showed|displays?|displayed|got|get)\\b|${foreign("but")}`,
);

/** Logs state what they lack ("neither x nor y was set"): fewer words deny there. */
const LOG_DENIAL =
  /\b(?:no|without|never|none|free (?:of|from)|(?:is|are|was|were|did|does|do|has|have)(?:n't| not))\b/;

const NOT_SEEN = `(?:(?:is|are|was|were|does|do|did|has|have)(?:n't| not)|not) (?:been )?(?:currently )?(?:visible|shown|displayed|present|appear(?:ing)?|seen|detected|found|there|showing)\\b|(?:is|are|was|were) (?:absent|nowhere|gone)\\b|["']?[:=] ?(?:false|no|none|0|null|not (?:visible|present|shown|detected|found|seen))(?=\\s*(?:[,;.)\\]}]|$))|${foreign("deniesAfter")}`;
const ABSENT = new RegExp(NOT_SEEN);
const DENIED_AFTER = new RegExp(`(^|[,:;]|\\b(?:but|and)\\b)[^,:;]{0,160}?(?:${NOT_SEEN})`, "g");
const FOUND_NONE = /^.{0,300}\b(?:found|saw|seen|see|detected|there (?:is|are|was|were)) (?:none|nothing)\b/;

const QUESTION = /^\s*["']?(?:is|are|was|were|does|do|did|has|have|any)\b.{0,300}\?/;
const MENDED =
  /\b(?:has been|have been|was|were|is now|are now|now|got) (?:restored|reinstated|re-?activated|re-?enabled|lifted|unblocked|unlocked|unbanned|resolved|solved|passed|dismissed)\b/;

const LOOKS = "(?:check|look|wait|search|watch|scan|test)(?:s|ed|ing)? (?:for|if|whether|that no)";
const GUESS_WORDS =
  "may (?:have|be|need|indicate|mean)|might|could (?:have|be|indicate|mean)|possibly|perhaps|potentially|maybe|probably|presumably|likely|if|whether|should|would|to fix this|in case|to avoid|to prevent|in order to|suspect(?:ed|s)? (?:that|a|an|of)|risk(?:s|ing)? (?:of|a|an)|such as being";
const GUESS = new RegExp(`\\b(?:${GUESS_WORDS}|${LOOKS})\\b`);
const GUESSED = new RegExp(`\\b(?:(?:${GUESS_WORDS})\\b.*|(?:${LOOKS})\\b[^:;,\\n]*)`, "g");
const ADVISED = new RegExp(
  `\\b(?:(?:if|whether|should|would|to fix this|in case|to avoid|to prevent)\\b.*|(?:${LOOKS})\\b[^:;,\\n]*)`,
  "g",
);
