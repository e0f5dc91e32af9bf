// `reprise help poster`: what a command that posts is given, and what it is to say.

export const POSTER_PAGE = `A poster is a command of yours, in any language, started once for each attempt: reprise run jobs.csv --exec ./post.sh

The job comes in variables (and as one line of JSON on standard input)
  REPRISE_ACCOUNT        whose post it is
  REPRISE_MEDIA          the file, an absolute path
  REPRISE_CAPTION        the text
  REPRISE_JOB_ID         the job
  REPRISE_ACTION         post; verify: look whether it is posted (--verify-exec same); check: could the account post (--check-exec same)
  REPRISE_DEVICE         the phone, as JSON; with --devices a plain "adb" reaches it (ANDROID_SERIAL is set)
  REPRISE_APPIUM_URL     an Appium for it, started by the first call: set where the phone is on adb and Appium is installed
                         in or above the working folder or reprise's own
  REPRISE_EVIDENCE_DIR   a folder for screenshots and page sources of this attempt

What it says, in this order
  reprise emit step NAME                  where it is; make this the first line
  reprise ask-publish || exit 75          right before the tap that can't be taken back; "no" means: do not tap
  reprise emit posted --url URL           after it, when the app shows that it is posted
  reprise emit not_posted --category account --cause suspended --message TEXT   the app refused; also: content, infrastructure
  reprise emit verified true|false|null   the answer to verify; null: can't tell

Read all you need before ask-publish: a mistake after it leaves the post unconfirmed, for a look or for you to settle.
A poster that never says a word: exit 0 is posted, 69 or 75 the phone's fault, 65 or 66 the file's; anything else may be a post made, so
it is unconfirmed and not tried again (--silent-is failed, if yours can't fail after its tap).

Starting points: reprise init --language bash|node|typescript|python · examples/command
`;
