#!/usr/bin/env bash
# A poster in bash. Instead of an app it "posts" into the folder outbox/<account>/, so that you can try everything at home.
# To make it yours, replace the three functions below; what follows them is the protocol and may stay.
#
# reprise starts it once per attempt, with the job in REPRISE_... variables (and as one line of JSON on stdin):
#   REPRISE_ACTION   post, verify or check          REPRISE_ACCOUNT  whose post it is
#   REPRISE_JOB_ID   the job                        REPRISE_MEDIA    absolute path of the file
#   REPRISE_CAPTION  the text                       REPRISE_EVIDENCE_DIR  a folder for screenshots and the like
# It listens on descriptor 3 (one JSON line each) and answers on descriptor 4.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
outbox=${OUTBOX:-$here/outbox}/$REPRISE_ACCOUNT
post=$outbox/$(printf %s "$REPRISE_JOB_ID" | tr -c 'A-Za-z0-9._-' _)

# Installed, `reprise` is on the PATH; in this checkout it lies two folders up.
command -v reprise >/dev/null || reprise() { node "$here/../../bin/reprise.mjs" "$@"; }

# --- yours ----------------------------------------------------------------------------------------------------------

# Does the app let this account in? (Try it: mkdir -p outbox/ana && touch outbox/ana/BLOCKED)
account_is_blocked() { [ -e "$outbox/BLOCKED" ]; }

# Everything before the tap that publishes: open the app, pick the file, type the caption. May fail and be tried again.
prepare() {
  mkdir -p "$outbox"
  cp "$REPRISE_MEDIA" "$post.draft"
  printf '%s\n' "$REPRISE_CAPTION" >"$post.txt"
}

# The tap. After it the post may be live, whatever happens next: keep it the one last thing.
tap() { mv "$post.draft" "$post.mp4"; }

# --- the protocol ---------------------------------------------------------------------------------------------------

case $REPRISE_ACTION in
  check) exit 0 ;; # "could you post?": yes
  verify)
    # A read-only look, asked for with --verify-exec same: is the post there? true, false, or null for "cannot tell".
    if [ -e "$post.mp4" ]; then reprise emit verified true; else reprise emit verified false; fi
    exit 0
    ;;
  post) ;;
  *) exit 64 ;; # an action of a later version: never guess, a guess could post
esac

# Say where you are; the first word also tells reprise that this poster speaks.
reprise emit step opening

# Name a failure if you know it, and it is believed. Otherwise exit codes are read as sysexits (77 account, 69 and 75
# infrastructure, 65 and 66 content, 78 setup), and for any other code the last lines of stderr are judged.
if account_is_blocked; then
  reprise emit not_posted --category account --cause suspended --message "$REPRISE_ACCOUNT may not post"
  exit 77
fi

prepare

# Ask before the tap. reprise writes down that the post may go out, then answers. No answer (end of file): do not post.
# This is what `reprise ask-publish || exit 75` does, by hand:
echo '{"type":"publishing"}' >&3
read -r answer <&4 || exit 75
case $answer in *'"go"'*) ;; *) exit 75 ;; esac

tap

# Say that it is out. Without this line exit code 0 would say it; a crash between tap and here makes the job unconfirmed.
reprise emit posted --url "file://$post.mp4"
