#!/bin/sh
# run.sh -- shows the blog in the database that PGHOST, PGPORT, PGUSER and PGDATABASE name.
# Schemas blog and shop are made anew in it.
set -eu
cd "$(dirname "$0")"
out=$(mktemp)
trap 'rm -f "$out"' EXIT

# From standard input, so that errors carry no file name; with the errors in their places, for they belong to the show.
psql -X -q <demo.sql >"$out" 2>&1 || { cat "$out"; exit 1; }
sed 's/^-- ====/\n&/; /^:code$/d; s/ :json$/;/' "$out"

# Each error was meant to happen, and each that was meant to did: the script asks for its code.
errors=$(grep -c '^ERROR' "$out") codes=$(grep -c '^:code$' "$out")
if [ "$errors" != "$codes" ] || grep -q '^SQLSTATE 00000' "$out"; then
	echo "examples/blog: $errors errors where $codes were meant to happen" >&2
	exit 1
fi
