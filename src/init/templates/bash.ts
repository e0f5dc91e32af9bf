export const BASH_POSTER = String.raw`#!/usr/bin/env bash
# Posts one job. reprise starts this once per attempt, with the job in variables:
#   REPRISE_ACCOUNT  whose post it is      REPRISE_MEDIA    absolute path of the file
#   REPRISE_JOB_ID   the job               REPRISE_CAPTION  the text
#   REPRISE_ACTION   post, verify or check REPRISE_DEVICE   the phone, as JSON
# As it is, it "posts" into the folder posted/, so that you can try everything. Your code goes where it says YOURS.
set -eu
cd "$(dirname "$0")"
safe() { printf %s "$1" | tr -c 'A-Za-z0-9._-' _; }
folder=posted/$(safe "$REPRISE_ACCOUNT")
post=$folder/$(safe "$REPRISE_JOB_ID")

# YOURS: all that comes before the tap, such as opening the app and picking the file. May fail and be tried again.
prepare() {
  mkdir -p "$folder"
  cp "$REPRISE_MEDIA" "$post.draft"
  printf '%s\n' "$REPRISE_CAPTION" >"$post.txt"
}

# YOURS: the tap. After it the post may be live, whatever happens next: keep it the one last thing.
publish() { mv "$post.draft" "$post.mp4"; }

# YOURS: is the post live? Only look, never post. (Without a way to look: take "verify: same" out of the config.)
is_live() { [ -e "$post.mp4" ]; }

case $REPRISE_ACTION in
  post)
    reprise emit step opening
    # Know what is wrong? Say so, and it is believed:
    #   reprise emit not_posted --category account --cause suspended --message "logged out"; exit 77
    # Otherwise the exit code is read (69, 75: phone or network; 65: this media; 77: this account; 78: this installation),
    # and for any other code the last lines of stderr.
    prepare
    reprise ask-publish || exit 75 # no go, no post
    publish
    reprise emit posted --url "file://$PWD/$post.mp4"
    ;;
  verify) if is_live; then reprise emit verified true; else reprise emit verified false; fi ;;
  check) ;;
  *) exit 64 ;; # an action of a later version: never guess, a guess could post
esac
`;
