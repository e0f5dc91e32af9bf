#!/bin/sh
# Stands in for your poster: see ../command for a real one.
set -eu
[ "$REPRISE_ACTION" = post ] || exit 0
reprise emit step upload
reprise ask-publish || exit 75
printf '%s %s\n' "$REPRISE_ACCOUNT" "$REPRISE_JOB_ID" >>posted.txt
reprise emit posted
