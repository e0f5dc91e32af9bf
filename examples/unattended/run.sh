#!/bin/sh
# What cron and systemd start: one run of jobs.csv. Ends with reprise's exit code.
cd "$(dirname "$0")" || exit 20

# cron gives a short PATH: name the folder of your node here, if it is not one of these (nvm: ~/.nvm/versions/node/vNN/bin)
PATH="$PWD/node_modules/.bin:${PATH:-/usr/bin:/bin}:/usr/local/bin"
export PATH

# Nothing asks without a terminal. --allow-empty: a day without jobs is no failure.
exec reprise run jobs.csv --allow-empty --quiet --renderer lines
