#!/bin/sh
# Installs the Debian packages that the device tests and the browser example need. Run as root or with sudo at hand.
set -eu

wanted="adb chromium chromium-driver"
missing=""
for package in $wanted; do
  dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done
if [ -z "$missing" ]; then
  echo "system packages: all there ($wanted)"
  exit 0
fi

if ! command -v apt-get >/dev/null 2>&1; then
  echo "system packages: missing$missing; there is no apt-get here, install them by hand" >&2
  exit 1
fi

as_root=""
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null 2>&1; then
    echo "system packages: missing$missing; run this script as root (no sudo here)" >&2
    exit 1
  fi
  as_root="sudo"
fi

echo "system packages: installing$missing"
quietly="env DEBIAN_FRONTEND=noninteractive"
$as_root $quietly apt-get update -qq
# shellcheck disable=SC2086 # a list of words, made above
$as_root $quietly apt-get install -y -qq --no-install-recommends $missing
echo "system packages: done"
