#!/bin/sh
# run.sh [PART…] -- build, start a server of its own and run the tests; the last line is "N passed, N failed".
#
# Parts: lint regress isolation tap fuzz clients (all of them without an argument), bench, and pg_upgrade, from
# PostgreSQL $AK_OLD (15) to this one.
# TESTS narrows the regression tests, TAP is a pattern for those of test/t; AK_FLAGS holds further flags for the compiler, such as -DUSE_ASSERT_CHECKING;
# AK_LONG=1 asks tests that have a long form for it; BENCH holds words for test/bench/query.
set -eu
. "$(dirname "$0")/lib.sh"

[ $# -gt 0 ] || set -- lint regress isolation tap fuzz clients
for part in "$@"; do
	case $part in
	lint | regress | isolation | tap | fuzz | clients | bench | pg_upgrade) ;;
	*) die "unknown part $part: lint regress isolation tap fuzz clients bench pg_upgrade" ;;
	esac
done

"$top/test/packages.sh" "$@"
trap 'stop_pooler; remove_small; leave' EXIT
trap 'exit 130' INT TERM HUP
make_home
copy_server
sync_source
: >"$home/log/results"

pass() { echo "pass $1" >>"$home/log/results"; printf 'ok      %s\n' "$1"; }
fail() { echo "fail $1" >>"$home/log/results"; printf 'FAILED  %s\n' "$1"; }
# try NAME COMMAND… -- one test that is a program; its words are shown when it fails.
try() {
	name=$1
	shift
	if "$@" >"$home/log/try" 2>&1; then pass "$name"; else fail "$name"; sed 's/^/        /' "$home/log/try"; fi
}
# files GLOB… -- those that exist, below the copy of the checkout.
files() { for f in "$@"; do [ ! -f "$f" ] || echo "$f"; done; }

# verdicts PREFIX OUTPUT NAME… -- what pg_regress said of each; a test it did not reach has failed. (16 and later speak TAP.)
verdicts() {
	prefix=$1 output=$2
	shift 2
	for t in "$@"; do
		if grep -Eq "^(test +$t +\.\.\. ok|ok +[0-9]+ +[-+] +$t) " "$output"; then pass "$prefix $t"; else fail "$prefix $t"; fi
	done
}

run_lint() {
	for f in $(files "$home"/src/test/lint/*.sh); do
		try "lint ${f##*/}" as_user env PG_CONFIG="$pg_config" sh "$f"
	done
}

run_regress() {
	set -f # patterns are for match, not for this folder
	# shellcheck disable=SC2086
	tests=$(match ${TESTS:-})
	set +f
	[ -n "$tests" ] || return 0
	# shellcheck disable=SC2086
	regress $tests >"$home/log/regress" 2>&1 || :
	# shellcheck disable=SC2086
	verdicts regress "$home/log/regress" $tests
	if [ -s "$home/src/regression.diffs" ]; then cat "$home/src/regression.diffs"
	elif ! grep -q '^test\|^ok' "$home/log/regress"; then cat "$home/log/regress"; fi
}

run_isolation() {
	specs=$(cd "$home/src/test/isolation/specs" 2>/dev/null && ls | sed -n 's/\.spec$//p') || :
	[ -n "$specs" ] || return 0
	# shellcheck disable=SC2086
	isolation $specs >"$home/log/isolation" 2>&1 || :
	# shellcheck disable=SC2086
	verdicts isolation "$home/log/isolation" $specs
	[ ! -s "$home/src/output_iso/regression.diffs" ] || cat "$home/src/output_iso/regression.diffs"
}

# A small file system for those tests that fill one, where one may be made: AK_SMALL_FS names it, or one that is there already.
make_small() {
	[ -z "${AK_SMALL_FS:-}" ] && [ "$(id -u)" = 0 ] || return 0
	mkdir -p "$home/small"
	mount -t tmpfs -o size=64m tmpfs "$home/small" 2>/dev/null || return 0
	own "$home/small"
	AK_SMALL_FS=$home/small
}

remove_small() { if mountpoint -q "$home/small" 2>/dev/null; then umount -l "$home/small"; fi; }

# perl_test NAME FILE -- a TAP test; its clusters are its own. (16 and later have two names for what was TESTDIR.)
perl_test() {
	tap=$home/tap/${2##*/}
	mkdir -p "$tap"
	own "$home/tap"
	printf '%s\n' "${AK_CONF:-}" >"$home/log/conf"
	try "$1" as_user env -u PGHOST -u PGPORT -u PGUSER AK_LONG="${AK_LONG:-}" AK_SMALL_FS="${AK_SMALL_FS:-}" TEMP_CONFIG="$home/log/conf" TESTDIR="$tap" TESTDATADIR="$tap/tmp_check" TESTLOGDIR="$tap/tmp_check/log" \
		PG_REGRESS="$pgxs/src/test/regress/pg_regress" prove -v -I "$pgxs/src/test/perl" "$2"
	# What repeats a random test.
	sed -n 's/^# \(AK_SEED=.*\)/        \1/p' "$home/log/try"
}

run_tap() {
	make_small
	if [ -n "${AK_LONG:-}" ]; then echo "long forms"; else echo "short forms; make test-long runs the long ones"; fi
	set -f
	for pattern in ${TAP:-*}; do
		set +f
		for f in $(files "$home"/src/test/t/${pattern}.pl); do perl_test "tap ${f##*/}" "$f"; done
	done
}

run_fuzz() {
	for f in $(files "$home"/src/test/fuzz/*.pl); do perl_test "fuzz ${f##*/}" "$f"; done
}

# The older server and its aksara in a tree beside ours.
run_pg_upgrade() {
	old=${AK_OLD:-15}
	mkdir -p "$home/old/pg" "$home/old/src" "$home/old/log"
	if (
		PGMAJOR=$old
		use_home "$home/old"
		own "$home"
		copy_server
		sync_source
		build PROFILE="${AK_FLAGS:-}"
	); then pass "build for $old"; else fail "build for $old"; return; fi
	export oldinstall="$home/old/pg/lib/postgresql/$old"
	perl_test "pg_upgrade $old to $PGMAJOR" "$home/src/test/upgrade/pg_upgrade.pl"
}

# client NAME COMMAND… -- one driver's test in an empty database with the extension, named by PGDATABASE.
client() {
	name=$1
	shift
	as_user dropdb --if-exists -f clients 2>/dev/null
	as_user createdb clients
	as_user psql -qXd clients -c 'CREATE EXTENSION aksara'
	try "client $name" as_user timeout -k 5 120 env PGDATABASE=clients "$@"
}

# drivers WAY [VARIABLE=VALUE…] -- each driver's walk through the blog.
drivers() {
	way=$1
	shift
	for f in $(files "$home"/src/test/clients/*_blog.py); do client "${f##*/} $way" "$@" "$python" "$f"; done
	for f in $(files "$home"/src/test/clients/*_blog.js); do client "${f##*/} $way" "$@" node "$f"; done
	if [ -n "$java" ]; then client "JdbcBlog.java $way" "$@" java -cp "$java" JdbcBlog "$home/src/test/clients/blog.json"; fi
}

# PgBouncer in transaction mode, behind a socket of its own. It asks the server who its users are, and gives each
# transaction the next of its connections.
start_pooler() {
	pooler=$(PATH=$PATH:/usr/sbin command -v pgbouncer)
	mkdir "$home/pooler"
	cat >"$home/pooler/pgbouncer.ini" <<-CONF
		[databases]
		* = host=$PGHOST port=$PGPORT auth_user=postgres
		[pgbouncer]
		pool_mode = transaction
		server_round_robin = 1
		default_pool_size = 4
		listen_port = 6432
		unix_socket_dir = $home/pooler
		auth_type = trust
		auth_file = $home/pooler/users
		ignore_startup_parameters = extra_float_digits
		logfile = $home/log/pooler
		pidfile = $home/pooler/pid
	CONF
	echo '"postgres" ""' >"$home/pooler/users"
	own "$home/pooler" "$home/log"
	as_user "$pooler" -q -d "$home/pooler/pgbouncer.ini"
}

stop_pooler() {
	[ -s "$home/pooler/pid" ] || return 0
	kill "$(cat "$home/pooler/pid")" && rm -f "$home/pooler/pid"
}

# The class path of what is compiled here, or nothing where there is no JDK.
compile_java() {
	java=
	if ! command -v javac >/dev/null; then
		echo "skipped client JdbcBlog.java and the Java in docs/drivers.md: there is no JDK here"
		return
	fi
	mkdir "$home/java"
	own "$home/java"
	java=$home/java:/usr/share/java/postgresql.jar
	try javac as_user javac -Xlint:all -d "$home/java" -cp "$java" "$home"/src/test/clients/*.java
}

run_clients() {
	compile_java
	drivers direct
	if start_pooler; then drivers pooled PGHOST="$home/pooler" PGPORT=6432 AKSARA_POOLED=yes; else fail pgbouncer; fi
	stop_pooler
	client pages.py ${java:+AKSARA_JAVA="$java"} "$python" "$home/src/test/clients/pages.py"
	client differential.py "$python" "$home/src/test/differential/query.py"
	# Not for the times: both sides of every row must give one answer.
	try "bench/query server" as_user "$python" "$home/src/test/bench/query" server --rounds 1 --budget 1
}

# bench_wants KIND -- do the words of BENCH, those before its options, ask for the part task, or for other ones? All do where there are none.
bench_wants() {
	kind=
	# shellcheck disable=SC2086 # a list of words
	for word in ${BENCH%%--*}; do
		case $word in task | task/*) kind=task ;; *) kind=other ;; esac
		[ "$kind" != "$1" ] || return 0
	done
	[ -z "$kind" ]
}

# preload -- the server again, with aksara in shared_preload_libraries.
preload() {
	as_user "$bin/pg_ctl" -s -w -D "$home/data" stop
	echo "shared_preload_libraries = 'aksara'" | as_user tee -a "$home/data/postgresql.conf" >/dev/null
	start_server
}

# measure NAME -- test/bench/query on the server as it is.
measure() {
	# shellcheck disable=SC2086 # words for test/bench/query
	if as_user "$python" -u "$home/src/test/bench/query" ${BENCH:-}; then pass "$1"; else fail "$1"; fi
}

run_bench() {
	BENCH=${BENCH:-}
	cp -R "$top/test/bench/node_modules" "$home/src/test/bench/"
	own "$home/src/test/bench"
	if bench_wants other; then measure bench; fi
	if bench_wants task; then
		preload
		measure "bench of tasks"
	fi
}

# A broken server is a failure whatever the tests said. TAP tests kill processes on purpose, with signal 9 only.
check_logs() {
	if grep -E 'TRAP:|PANIC:|runtime error:|terminated by signal' "$home/log/server"; then fail "server log"; else pass "server log"; fi
	[ -d "$home/tap" ] || return 0
	if find "$home/tap" -name '*.log' -exec grep -hE 'TRAP:|PANIC:|runtime error:|terminated by signal' {} + |
		grep -v 'terminated by signal 9: '; then fail "tap logs"; else pass "tap logs"; fi
}

say "building"
if build PROFILE="${AK_FLAGS:-}"; then
	pass build
	if [ "$*" != lint ]; then start_server; fi
	for part in "$@"; do
		say "$part"
		"run_$part"
	done
	if [ "$*" != lint ]; then check_logs; fi
else
	fail build
fi

passed=$(grep -c ^pass "$home/log/results") || :
failed=$(grep -c ^fail "$home/log/results") || :
ran=$(grep -Ecv '^pass (build|build for .*|server log|tap logs)$' "$home/log/results") || :
[ "$failed" = 0 ] || sed -n 's/^fail /failed: /p' "$home/log/results"
remove_small
leave
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$ran" -gt 0 ]
