#!/bin/sh
# Installs the Debian packages that only `npm run test:full` needs: strace, which kills and starves a process at its N-th
# fdatasync. Run as root or with sudo at hand.
set -eu

wanted="strace"
missing=""
for package in $wanted; do
  dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done
if [ -z "$missing" ]; then
  echo "full test packages: all there ($wanted)"
  exit 0
fi
as_root=""
if [ "$(id -u)" -ne 0 ]; then as_root="sudo"; fi
$as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
# shellcheck disable=SC2086 # a list of words, made above
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
echo "full test packages: done"
