#!/bin/sh
# What must repeat the control file's version does so: META.json, the changelog and the last line of src/upgrades/versions.
set -eu
cd "$(dirname "$0")/../.."
now=$(sed -n "s/^default_version *= *'\(.*\)'/\1/p" aksara.control)
bad=
[ "$(grep -c "^	*\"version\": \"$now\"" META.json)" = 2 ] || bad="META.json"
grep -q "^## $now (20[0-9-]*)$" CHANGELOG.md || bad="$bad CHANGELOG.md"
[ "$(tail -n 1 src/upgrades/versions)" = "$now" ] || bad="$bad src/upgrades/versions"
[ -z "$bad" ] || { echo "not at version $now: $bad"; exit 1; }
