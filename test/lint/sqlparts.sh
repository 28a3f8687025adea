#!/bin/sh
# X.tables.sql states, X.sql and X.<topic>.sql can be run again: CREATE OR REPLACE, COMMENT, GRANT, REVOKE only; no IF NOT EXISTS, no @extschema@.
set -eu
cd "$(dirname "$0")/../../src"
bad=$(grep -niE 'IF[[:space:]]+NOT[[:space:]]+EXISTS|@ext(schema|owner)' */*.sql upgrades/*.sql 2>/dev/null) || :

# The first word of every statement, bodies in dollar quotes, strings and comments left out.
statements() {
	perl -0777 -ne '
		s/--[^\n]*//g; s{/\*.*?\*/}{}gs; s/(\$\w*\$).*?\1/?/gs; s/\x27(?:[^\x27]|\x27\x27)*\x27/?/gs;
		s/BEGIN\s+ATOMIC.*?\bEND\b/?/gis;
		for (split /;/) { s/^\s+//; s/\s+/ /g; print substr($_, 0, 70), "\n" if length }' "$1"
}
for f in */*.sql; do
	case $f in
	upgrades/*) continue ;;
	*.tables.sql)
		again=$(statements "$f" | grep -iE '^CREATE OR REPLACE ') || : ;;
	*)
		# A view is state as soon as others may build upon it; here it is one that only we read, or that keeps its columns.
		again=$(statements "$f" | grep -iEv '^(CREATE OR REPLACE (FUNCTION|PROCEDURE|VIEW|AGGREGATE)|COMMENT ON|GRANT|REVOKE) ') || : ;;
	esac
	[ -z "$again" ] || bad="$bad
$f: $again"
done
# assemble.sh strips OR REPLACE from lines that begin with CREATE; what begins elsewhere would adopt a stranger's object.
left=$(./assemble.sh install | grep -niE '\bOR[[:space:]]+REPLACE\b') || :
[ -z "$left" ] || bad="$bad
left in the install script: $left"
[ -z "$bad" ] || { printf 'in the wrong kind of file:\n%s\n' "$bad"; exit 1; }
