#!/bin/sh
# Each line of docs/django.md is run by sql/query/django.sql, in the same order, letter by letter.
set -eu
cd "$(dirname "$0")/../.."

awk '
	FNR == NR { if (sub(/^\| .* \| `/, "")) { sub(/`.*/, ""); wanted[++n] = $0 }; next }
	at <= n && index($0, wanted[at + 1]) { at++ }
	END {
		if (n < 200) { print "the tables of docs/django.md were not found"; exit 1 }
		if (at < n) { print "sql/query/django.sql does not run this line of docs/django.md in its place: " wanted[at + 1]; exit 1 }
	}
' docs/django.md sql/query/django.sql
