#!/bin/sh
# A room includes its own headers and the front doors <room>/<room>.h (of core: any header) of rooms lower in src/rooms.
set -eu
cd "$(dirname "$0")/../../src"
bad=$(grep -HnE '^[[:space:]]*#[[:space:]]*include[[:space:]]+"[a-z_]+/[a-z_]+\.h"' */*.c */*.h | while IFS= read -r line; do
	file=${line%%:*}
	room=${file%%/*}
	inc=$(printf '%s\n' "$line" | sed 's/.*"\([^"]*\)".*/\1/')
	other=${inc%%/*}
	[ -d "$other" ] || continue # a folder of PostgreSQL's headers
	[ "$other" != "$room" ] || continue
	if ! sed "/^$room\$/q" rooms | grep -qx "$other"; then printf '%s: not a lower floor\n' "$line"; continue; fi
	case $inc in
	core/* | "$other/$other.h") ;;
	*) printf '%s: not the front door\n' "$line" ;;
	esac
done)
# Every room is on the manifest, and everything on it is a room.
for d in */; do
	d=${d%/}
	[ "$d" = upgrades ] || grep -qx "$d" rooms || bad="$bad
src/$d is not in src/rooms"
done
while read -r r; do
	for f in "$r.h" "$r.sql" README.md; do
		[ -f "$r/$f" ] || bad="$bad
src/$r/$f is missing"
	done
done <rooms
[ -z "$bad" ] || { printf 'room rule broken:\n%s\n' "$bad"; exit 1; }
