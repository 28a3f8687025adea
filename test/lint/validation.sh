#!/bin/sh
# The examples of docs/validation.md, and the answers beside them, are what sql/validation/docs.sql runs and gets, line by line.
set -eu
cd "$(dirname "$0")/../.."

awk '
	FNR == NR {
		if (/^```/) { on = /^```sql/; next }
		if (on && $0 != "") { sub(/^--  /, ""); wanted[++n] = $0 }
		next
	}
	at < n && $0 == wanted[at + 1] { at++ }
	END {
		if (n < 50) { print "the examples of docs/validation.md were not found"; exit 1 }
		if (at < n) { print "expected/validation/docs.out has not this line of docs/validation.md in its place: " wanted[at + 1]; exit 1 }
	}
' docs/validation.md expected/validation/docs.out
