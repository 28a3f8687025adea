#!/bin/sh
# assemble.sh install | upgrade FROM -- writes one extension script to stdout.
#
# install:       every room's tables, then every room's functions.
# upgrade FROM:  the hand-written state steps from FROM to now, then every room's functions.
set -eu
cd "$(dirname "$0")"
rooms=$(cat rooms)

die() { echo "assemble.sh: $*" >&2; exit 1; }

header() {
	printf '%s\n' '\echo Use "CREATE EXTENSION aksara" to load this file. \quit' \
		'SET LOCAL search_path TO pg_catalog, pg_temp;'
}

part() { if [ -f "$1" ]; then printf '\n-- %s\n' "$1"; cat "$1"; fi; }

# State runs once.
tables() { for r in $rooms; do part "$r/$r.tables.sql"; done; }

# X.sql first, then X.<topic>.sql in name order: all of it replaceable, it runs again at every upgrade.
functions() {
	for r in $rooms; do
		part "$r/$r.sql"
		for f in "$r/$r".*.sql; do
			case $f in "$r/$r.tables.sql") ;; *) part "$f" ;; esac
		done
	done
}

steps() {
	prev='' on=''
	while read -r to; do
		if [ "$prev" = "$1" ] || [ -n "$on" ]; then on=1; part "upgrades/$prev--$to.sql"; fi
		prev=$to
	done < upgrades/versions
	[ -n "$on" ] || die "no step leads from version $1"
}

# The list of versions must end with the one in the control file, and every step must be there: an upgrade
# without a change of state has a step file that says so.
check() {
	now=$(sed -n "s/^default_version *= *'\(.*\)'/\1/p" ../aksara.control)
	prev=
	while read -r to; do
		[ -z "$prev" ] || [ -f "upgrades/$prev--$to.sql" ] || die "upgrades/$prev--$to.sql is missing"
		prev=$to
	done < upgrades/versions
	[ "$prev" = "$now" ] || die "upgrades/versions ends with $prev, aksara.control says $now"
	for r in $rooms; do
		[ -d "$r" ] || die "room $r has no folder"
	done
}

case ${1:-} in
install | upgrade) ;;
*) die "usage: assemble.sh install | upgrade FROM" ;;
esac

check
header
case $1 in
install)
	tables
	functions | sed 's/^CREATE OR REPLACE /CREATE /'
	;;
upgrade)
	steps "$2"
	functions
	;;
esac
