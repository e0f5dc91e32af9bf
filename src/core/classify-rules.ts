// The text rules, as data. A change to them is seen by users in `rules explain`: raise RULES_VERSION with it.
import type { Rule } from "./classify-rule.ts";
import { MACHINE_RULES } from "./classify-rules-machine.ts";
import { SCREEN_RULES } from "./classify-rules-screen.ts";

export const RULES_VERSION = 2;

const FIRST_AND_LAST: readonly Rule[] = [
  // --- an element's name is no evidence: judged by the shape of the error
  {
    id: "gesture-refused",
    category: "infrastructure",
    cause: "driver_error",
    rank: 95,
    reads: "log",
    any: ["unable to perform w3c actions"],
  },
  {
    id: "element-not-as-expected",
    category: "unknown",
    cause: "screen_unexpected",
    rank: 57, // what else the text shows of an account counts, the element's own sentence does not (classify-quoted)
    reads: "log",
    any: [
      "no such element",
      "unable to locate element",
      "element could not be located",
      "stale element",
      "/\\b(?:nosuchelement|staleelementreference|elementnotinteractable|elementclickintercepted|elementnotvisible)/",
      "click intercepted",
      "can't call ",
      "/\\bstill (?:not )?(?:existing|displayed|visible|clickable|enabled) after\\b/",
      "/\\bwaiting for (?:selector|locator|element|getby)/",
      "/\\belements?\\b[^\\n]{0,200}\\b(?:covered|covers|obscured|obscures|intercepts|not clickable|not interactable|not visible|not displayed|(?:not|n't) (?:be )?(?:found|located|find))\\b/",
    ],
  },
  // --- the poster's own code threw: after all that names a cause
  {
    category: "setup",
    reads: "log",
    id: "poster-bug",
    cause: "poster_bug",
    rank: 45,
    any: [
      "/\\b(?:type|reference|syntax|range|name|attribute|key|index|zerodivision|unboundlocal|indentation|tab|notimplemented|assertion)error\\b/",
      "/\\bis not a (?:function|constructor)\\b/",
      "cannot read properties of",
      "cannot read property",
      "/\\b\\w{1,60} is not defined\\b/",
      "/\\bobject has no attribute\\b/",
      "nullpointerexception",
      "panic: runtime error",
      "unbound variable",
      "unhandledpromiserejection",
    ],
    none: ["fetch failed", "terminated", "the operation was aborted"],
  },

  // --- last: words that many causes share
  {
    category: "infrastructure",
    reads: "log",
    id: "permission-of-device",
    cause: "device_refused",
    rank: 35,
    any: ["securityexception", "permission denial", "install_failed"],
    steps: "machine",
  },
  {
    category: "content",
    id: "media-step",
    cause: "media_unusable",
    rank: 34,
    reads: "log",
    any: [
      "no such file",
      "not a directory",
      "is a directory",
      "file is empty",
      "does not exist",
      "file not found",
      "end of file",
      "/\\bcommand failed: (?:ffprobe|ffmpeg|mediainfo|exiftool)\\b/",
    ],
    steps: "media",
    none: [
      "/\\badb\\b/",
      "remote",
      "/\\b(?:ffprobe|ffmpeg|mediainfo|exiftool)\\b[^\\n]{0,20}\\b(?:not found|enoent)/",
      "/\\bspawn\\b/",
    ],
  },
  {
    category: "infrastructure",
    reads: "log",
    id: "timed-out",
    cause: "timed_out",
    rank: 30,
    any: [
      "/\\btime[d-]? ?out\\b/",
      "/\\b\\w{0,20}timeout(?:error|exception|expired)?\\b/",
      "deadline exceeded",
      "/\\b(?:took|takes|taking|waited) too long\\b/",
      "not responding",
      "/\\bgave up (?:waiting|after)\\b/",
      "/\\bafter waiting (?:for )?\\d/",
      "/\\bno (?:answer|response|reply) (?:from|in|within|after)\\b/",
    ],
  },
  {
    category: "infrastructure",
    reads: "log",
    id: "webdriver",
    cause: "driver_error",
    rank: 28,
    any: ["webdriverexception", "webdrivererror", "unknownerror:", "io.appium", "server-side error"],
  },
  {
    id: "flow-stuck",
    category: "unknown",
    cause: "flow_stuck",
    rank: 20,
    reads: "log",
    any: [
      "loop stuck",
      "loop_stuck",
      "stuck in a loop",
      "/\\bmax(?:imum)?(?: number of)? steps\\b/",
      "max_steps",
      "step limit",
    ],
  },
];

export const RULES: readonly Rule[] = [...FIRST_AND_LAST, ...MACHINE_RULES, ...SCREEN_RULES];
