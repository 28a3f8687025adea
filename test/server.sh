#!/bin/sh
# server.sh -- a private server to develop against; the machine's own PostgreSQL stays untouched.
#
#   server.sh start            build, install into a private copy of PostgreSQL, start it, make database "dev"
#   server.sh reload           the same again after an edit (the database "dev" is made anew; nothing else restarts)
#   server.sh build            build and install only: databases stay as they are
#   server.sh psql [ARG…]      psql into "dev"
#   server.sh test [NAME…]     regression tests by name or pattern: model/define, 'model/*', house
#   server.sh accept NAME      take the last output of one test as its answer -- after reading the diff
#   server.sh isolation [NAME…]   isolation specs; their answers: accept isolation/NAME
#   server.sh log              the server's log
#   server.sh env              lines to eval: PGHOST, PGPORT, PGUSER, PGDATABASE, PATH
#   server.sh stop             stop it and remove everything
#
# AK_FLAGS holds further compiler flags (touch the sources when it changes).
# AK_DEV=name gives several people in one checkout a server each.
set -eu
. "$(dirname "$0")/lib.sh"

note=$top/build/dev-${AK_DEV:-main}

running() {
	[ -f "$note" ] && [ -d "$(cat "$note")/data" ] || return 1
	use_home "$(cat "$note")"
}
# forget -- stop the server that the note names, if there is one, and remove its folder.
forget() {
	[ -f "$note" ] || return 0
	use_home "$(cat "$note")"
	leave
	rm -f "$note"
}
need() { running || die "no server yet: test/server.sh start"; server_runs || start_server; use_server; }
remake() { dropdb --if-exists -f dev 2>/dev/null; createdb dev; psql -qXd dev -c 'CREATE EXTENSION aksara'; }

cmd=${1:-help}
[ $# -eq 0 ] || shift
case $cmd in
start | reload)
	if ! running; then
		forget
		# A folder without a server is of no use to the next start.
		trap forget EXIT
		trap 'exit 130' INT TERM HUP
		mkdir -p "$top/build"
		make_home
		echo "$home" >"$note"
		copy_server
	fi
	sync_source
	build PROFILE="${AK_FLAGS:-}"
	server_runs || start_server
	trap - EXIT INT TERM HUP
	use_server
	remake
	say "ready: test/server.sh psql (folder $home)"
	;;
build) need; sync_source; build PROFILE="${AK_FLAGS:-}" ;;
psql) need; exec env PGDATABASE=dev psql -X "$@" ;;
test)
	need
	sync_source
	tests=$(match "$@")
	[ -n "$tests" ] || die "no such test"
	# shellcheck disable=SC2086 # a list of names
	if regress $tests >"$home/log/regress" 2>&1; then grep '^test \|^ok ' "$home/log/regress"
	elif [ -s "$home/src/regression.diffs" ]; then
		cat "$home/src/regression.diffs"
		grep '^test \|^ok \|^not ok ' "$home/log/regress"
		exit 1
	else
		cat "$home/log/regress"
		exit 1
	fi
	;;
accept)
	need
	[ $# = 1 ] || die "one at a time, after reading the diff"
	case $1 in
	isolation/*) result=$home/src/output_iso/results/${1#*/}.out answer=$top/test/isolation/expected/${1#*/}.out ;;
	*) result=$home/src/results/$1.out answer=$top/expected/$1.out ;;
	esac
	[ -f "$result" ] || die "run the test first"
	mkdir -p "${answer%/*}"
	cat "$result" >"$answer"
	;;
isolation)
	need
	sync_source
	[ $# -gt 0 ] || set -- $(cd "$top/test/isolation/specs" && ls | sed -n 's/\.spec$//p')
	isolation "$@" || { cat "$home/src/output_iso/regression.diffs"; exit 1; }
	;;
log) need; cat "$home/log/server" ;;
env)
	need
	printf 'export PGHOST=%s PGPORT=%s PGUSER=postgres PGDATABASE=dev PATH=%s:$PATH\n' "$PGHOST" "$PGPORT" "$bin"
	;;
stop) forget ;;
*) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" ;;
esac
