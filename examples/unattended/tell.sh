#!/bin/sh
# After every run (on_finish): tells a person only if one is needed. The result, one line of JSON, is on standard input;
# what a script mostly wants is in variables too. Whatever happens here, the result of the run stands.
set -eu
mkdir -p told
cat >"told/$REPRISE_RUN.json"

case "$REPRISE_EXIT_CODE" in
  0 | 4 | 8) exit 0 ;; # all posted, nothing to do, or the rest is not due
  6) what="posts may be live, look before anything else: reprise jobs list --status unconfirmed" ;;
  7) what="halted: reprise status" ;;
  129 | 130 | 143) what="stopped; the next run goes on" ;;
  *) what="some jobs are not posted: reprise status" ;;
esac

# Put your mail, chat or pager here, such as:
#   curl --fail --silent --max-time 20 --data "$what" https://ntfy.example.com/my-topic
printf '%s: %s (%s)\n' "$REPRISE_RUN" "$what" "$REPRISE_FINAL_RESULT" >>told/people.txt
