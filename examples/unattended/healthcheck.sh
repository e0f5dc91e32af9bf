#!/bin/sh
# Exit 0: the run can make progress, or none is running. Exit 1: it is stuck, or it was killed. For a watchdog, every few minutes.
# "Alive" is not asked: a program that waits for what never comes is alive.
beat=${1:-.reprise/heartbeat.json}
[ -f "$beat" ] || exit 0 # nothing has run yet

if grep -q '"state":"ended"' "$beat"; then exit 0; fi
if [ -z "$(find "$beat" -mmin -2)" ]; then
  echo "no heartbeat for 2 minutes: the run is gone; the next one goes on where it was"
  exit 1
fi
grep -q '"healthy":true' "$beat" && exit 0
sed 's/.*"reason":"\([^"]*\)".*/stuck: \1/' "$beat"
exit 1
