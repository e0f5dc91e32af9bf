// Words that a text only repeats: captions, names, selectors, commands, stacks. They are no evidence of anything.

/** The text without what belongs to the job itself: captions and typed words. Nothing else is taken out. */
export function withoutOwnWords(plain: string): string {
  let text = plain;
  if (/["']/.test(text)) {
    text = text
      .replace(QUOTED_CAPTION, "$1 ")
      .replace(TYPED, "$1 ")
      .replace(QUOTED_AS_CAPTION, " ")
      .replace(QUOTED_POST, "$1 ");
  }
  return text.replace(FREE_CAPTION, "caption ").replace(TYPED_TO_END, "typing ").replace(BODY, " ");
}

/** The text without anything repeated: also no names of elements, accounts and files, no commands, no stack. */
export function withoutQuotes(plain: string): string {
  let text = withoutOwnWords(plain).replace(STACK, "\n").replace(COMMAND, "command ");
  if (ELEMENT_SHAPE.test(text)) text = text.replace(ELEMENT_ERROR, " ");
  if (/["']/.test(text)) {
    text = text.replace(SELECTOR, " ").replace(QUOTED_NAME, "$1 ").replace(QUOTED_BEFORE, " ");
  }
  return text.replace(ABOUT, "$1 ").replace(PATH, " ").replace(TAG, " ").replace(BARE_NAME, "$1 ");
}

/** A text in quotes; an apostrophe inside a word does not end a single-quoted one. */
const quoted = (max: number) => `(?:"(?:[^"\\\\]|\\\\.){0,${max}}"|'(?:[^'\\n\\\\]|\\\\.|'(?=\\w)){0,${max}}'(?!\\w))`;
const QUOTED = quoted(600);

const CAPTION_WORDS =
  "captions?|captioned|hashtags?|comments?|overlays?|overlaid|subtitles?|lyrics|leyenda|pie de foto|descripcion|legenda|bildunterschrift|beschriftung|legende|didascalia|aciklama|keterangan|takarir|bijschrift|\u043f\u043e\u0434\u043f\u0438\u0441\u044c|\u043e\u043f\u0438\u0441\u0430\u043d\u0438\u0435";
/** What a text in quotes belongs to when one of these stands between: the screen, so it is evidence. */
const NOTICE =
  "error|message|notice|warning|pop-?ups?|dialog(?:ue)?|banner|alert|notification|prompt|modal|toast|screen|page|refus|reject|violat|because|contains?|includes?";

const QUOTED_CAPTION = new RegExp(
  `\\b(${CAPTION_WORDS})\\b["']?(?:(?!\\b(?:${NOTICE})|["'](?=\\w)|[.!?]\\s)[^"\\n;]){0,60}${quoted(2500)}`,
  "g",
);
const TYPED =
  /\b(typ(?:e|es|ed|ing)|enter(?:s|ed|ing)?|past(?:e|es|ed|ing)|fill(?:s|ed|ing)?|input(?:ting)?|inputs|send_?keys|set_?(?:value|text)|add_?value|wr(?:ite|iting|ote))\b(?:(?!\bcode\b)[^"'\n.;]){0,40}(?:"(?:[^"\\]|\\.){0,2500}"|'(?:[^'\n\\]|\\.|'(?=\w)){0,2500}'(?!\w))/g;
const QUOTED_AS_CAPTION =
  /"[^"]{0,2500}"(?= (?:(?:is|was|as|in|into|for) (?:the|its|their|a) )?(?:post'?s? )?(?:captions?|hashtags?|comments?|overlaid|overlay|subtitles?|written (?:on|over|across))\b)/g;
const FREE_CAPTION = new RegExp(
  `\\b(?:${CAPTION_WORDS})\\b ?(?:[:=]|\\b(?:reads?|says?|said|reading|saying|text)\\b[:,]?) ?(?!(?:is|was|too|not|must|exceeds|invalid|missing|empty|has|rejected|contains)\\b)[^\\n]*`,
  "g",
);
const TYPED_TO_END = /\b(?:typing|entering|pasting|input text)(?: (?:the )?(?:text|caption|words?))?(?::| -) ?[^\n]*/g;
const BODY = /\bwith (?:method "?\w+"? and )?(?:body|payload|data|json) [{[][^\n]*/g;

const STACK =
  /(?:^|\n)[ \t]*(?:at [^\n]{0,300}|file "[^"\n]{1,300}", line \d+[^\n]{0,200}(?:\n {4}[^\n]{0,300})?)(?=\n|$)/g;
/** A command's words are the caller's. What it answered stands on the next lines, or after "exited". */
const COMMAND =
  /\bcommand (?:failed: [^\n]*|'[^\n]{0,600}?'(?= (?:exited|timed|returned|failed|died)))|\badb(?:\.exe)?(?: -[sp] \S+)* shell (?:input|am|ime|content) [^\n]*/g;
/** An error over an element: all its line from there on, and the element's name before, are the driver's words. */
const ELEMENT_SHAPE =
  /\b(?:no such element|unable to locate element|stale element|can't call \w+ on element|element click intercepted|waiting for (?:selector|locator|element|text|getby\w*)|still (?:not )?(?:existing|displayed|visible|clickable|enabled) after|is not (?:clickable|interactable))\b|\belement\b[^\n.;]{0,120}\b(?:(?:not|n't) (?:be )?(?:found|located|find|clickable|interactable)|cover(?:s|ed)|obscure[sd]|intercepts)\b/;
const ELEMENT_ERROR = new RegExp(`[^\\n.;]{0,200}(?:${ELEMENT_SHAPE.source})[^\\n]*`, "g");
const SELECTOR = new RegExp(
  `(?:\\/\\/[\\w*]+\\[[^\\]\\n]{0,300}\\]|@[\\w-]+ ?= ?${QUOTED}|\\b(?:text|textcontains|textmatches|textstartswith|description|descriptioncontains|contains|has-text|getby\\w+|uiselector)\\([^\\n]{0,40}?${QUOTED}|~"[^"\\n]{0,200}")`,
  "g",
);
const QUOTED_NAME = new RegExp(
  `\\b(element|selector|locator|xpath|titled?|usernames?|handle|named|called|users?|creator|file|folder|album|song|track|bio|tab|hint|placeholder)\\b["']?[ :=(]{0,3}${QUOTED}`,
  "g",
);
const QUOTED_POST = new RegExp(
  `\\b(posts?|reels?|videos?|story|stories|photos?|images?|thumbnails?|clips?|podcasts?|accounts?|profiles?|pages?)(?: (?:is|was|that|which|with|saying|says|said|reads|reading|titled|captioned|tagged|about|called|named|the|a|an|text|words?|title|overlaid|on|it|from|by|of|account|user|creator|podcast|clip|featuring|stating|shown|playing)){0,6}[ :]{1,2}${QUOTED}`,
  "g",
);
const QUOTED_BEFORE =
  /"[^"\n]{0,600}"(?= (?:(?:account|user|profile|podcast|song|track|album|post|reel|video|story|clip|sticker|thumbnail)\b|(?:typed|entered|pasted) ))/g;
const ABOUT =
  /\b((?:post|video|reel|article|story|podcast|song|movie|clip|photo|news)s? (?:about|discussing|regarding|on the topic of)) [^.,;:\n"]{0,80}/g;
const PATH =
  /(?:(?<=^|[\s"'(=])(?:[a-z]+:\/\/|[a-z]:\\|\.{0,2}\/)[^\s"')]+)|(?<![^\s"'()])[^\s"'()]{1,300}\.(?:mp4|mov|m4v|webm|mkv|jpe?g|png|webp|gif|txt|json|csv|[cm]?[jt]s|py|java|kt)\b/g;
const TAG = /(?<![\w&])[#@][\w.]{2,60}/g;
/** An account's bare name, told from words by its underscore, dot or digit; the names of causes stay. */
const BARE_NAME =
  /\b(account|user|username|profile|logged in as)[ :=]{1,2}(?!(?:account|action|challenge|checkpoint|feedback|login|logged|verification)_)(?=[a-z.]{0,30}[_.\d]\w)[\w.]{3,40}/g;
