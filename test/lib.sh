# shellcheck shell=sh
# lib.sh -- sourced by run.sh, demo.sh and server.sh: a private copy of PostgreSQL, a private server, no trace.
#
# Everything happens in one folder under /tmp, as an ordinary user, because the server refuses root and because the
# checkout may lie where that user cannot enter.  The folder holds
#   pg/    a copy of the installed PostgreSQL; its programs find their files relative to themselves
#   src/   a copy of the checkout, where the extension is built and the tests write
#   data/ run/ log/   the cluster, its socket and its logs
# The machine's own PostgreSQL is read and never changed; AK_PREFIX is a folder other than /usr to copy the server from, AK_CONF a
# further line of its configuration.

PGMAJOR=${PGMAJOR:-15}
top=$(cd "$(dirname "$0")/.." && pwd)

say() { printf '== %s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Debian's own Python, which has Debian's psycopg2.
python=${PYTHON:-/usr/bin/python3}

# Nothing of the caller's connection may leak into a private server.
for v in $(env | sed -n 's/^\(PG[A-Z_]*\)=.*/\1/p'); do
	[ "$v" = PGMAJOR ] || unset "$v"
done
# Nor anything of a make that called us.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES 2>/dev/null || :
export LC_ALL=C.UTF-8

# The user who runs the server: oneself, or an ordinary one when root.
if [ "$(id -u)" = 0 ]; then
	if id postgres >/dev/null 2>&1; then user=postgres; else user=nobody; fi
else
	user=$(id -un)
fi

as_user() {
	if [ "$(id -u)" = 0 ]; then
		(cd "$home" && setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups env HOME="$home" "$@")
	else
		(cd "$home" && HOME=$home "$@")
	fi
}

# make_home -- a new folder for one server.
make_home() {
	home=$(mktemp -d /tmp/aksara.XXXXXX)
	chmod 755 "$home"
	mkdir -p "$home/pg" "$home/src" "$home/run" "$home/log"
	use_home "$home"
	own "$home"
}

own() { if [ "$(id -u)" = 0 ]; then chown -R "$user:$(id -gn "$user")" "$@"; fi; }

# use_home DIR -- names for what lies in it.
use_home() {
	home=$1
	bin=$home/pg/lib/postgresql/$PGMAJOR/bin
	pg_config=$bin/pg_config
	pgxs=$home/pg/lib/postgresql/$PGMAJOR/lib/pgxs
}

# copy_server -- the installed PostgreSQL, in the same relative layout, so that its programs take what lies beside them.
copy_server() {
	for part in lib share; do
		mkdir -p "$home/pg/$part/postgresql"
		cp -a "${AK_PREFIX:-/usr}/$part/postgresql/$PGMAJOR" "$home/pg/$part/postgresql/"
	done
	mkdir -p "$home/pg/include"
	ln -s "${AK_PREFIX:-/usr}/include/postgresql" "$home/pg/include/postgresql"
	own "$home/pg"
}

# sync_source -- the checkout as it is now; built objects in the copy stay, so that a second build is short.
# A file that reads otherwise than in the copy is new there whatever its date says: it may have been edited while that was built.
sync_source() {
	sums=$(cd "$home/src" && find . -path './src/*' \( -name '*.[ch]' -o -name '*.sql' \) -exec md5sum {} +)
	find "$home/src" \( -type f -o -type l \) ! -name '*.o' ! -name '*.d' ! -name '*.bc' ! -name '*.so' -delete
	tar -C "$top" --warning=no-file-changed --exclude=./.git --exclude=./build --exclude=./results --exclude=./output_iso \
		--exclude='*.o' --exclude='*.bc' --exclude='*.so' --exclude='./src/*.d' --exclude='./aksara--*' \
		--exclude=./test/bench/node_modules \
		-cf - . | tar -C "$home/src" --no-same-owner -xf -
	(cd "$home/src" && printf '%s\n' "$sums" | md5sum -c --quiet 2>/dev/null | sed -n 's/: FAILED$//p' | xargs -r touch)
	own "$home/src"
}

# build -- compile and install into the private tree; the compiler's words are shown when it fails.
build() {
	as_user make -s -C "$home/src" -j"$(nproc)" PG_CONFIG="$pg_config" with_llvm=no "$@" all >"$home/log/build" 2>&1 &&
		as_user make -s -C "$home/src" PG_CONFIG="$pg_config" with_llvm=no "$@" install >>"$home/log/build" 2>&1 ||
		{ cat "$home/log/build"; return 1; }
}

# debian_mirror -- where this machine takes Debian's packages from. apt knows origins only once it has read the lists.
debian_mirror() {
	for try in 1 2; do
		found=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' 2>/dev/null |
			head -n 1)
		[ -z "$found" ] || break
		[ $try = 2 ] || apt-get update -qq >&2 || :
	done
	[ -n "$found" ] || die "apt on this machine knows no Debian mirror; name one in AKSARA_MIRROR"
	echo "$found"
}

# start_server -- a cluster reachable through its own socket only; the port is no more than part of the socket's name.
start_server() {
	if [ ! -d "$home/data" ]; then
		as_user "$bin/initdb" -N -A trust -U postgres -E UTF8 --locale=C.UTF-8 -D "$home/data" >"$home/log/initdb" 2>&1 ||
			{ cat "$home/log/initdb"; return 1; }
		as_user tee -a "$home/data/postgresql.conf" >/dev/null <<-CONF
			listen_addresses = ''
			unix_socket_directories = '$home/run'
			port = 5432
			fsync = off
			restart_after_crash = on
			max_prepared_transactions = 10
			log_line_prefix = '%m [%p] %q%a '
			${AK_CONF:-}
		CONF
	fi
	as_user "$bin/pg_ctl" -s -w -D "$home/data" -l "$home/log/server" start ||
		{ tail -n 20 "$home/log/server"; return 1; }
	use_server
}

use_server() {
	export PGHOST="$home/run" PGPORT=5432 PGUSER=postgres PATH="$bin:$PATH"
}

server_runs() { as_user "$bin/pg_ctl" -s -D "$home/data" status >/dev/null 2>&1; }

# leave -- stop whatever was started in the folder (also the clusters of TAP tests) and remove it.
leave() {
	[ -n "${home:-}" ] && [ -d "$home" ] || return 0
	find "$home" -name postmaster.pid | while read -r f; do
		as_user "$bin/pg_ctl" -s -m immediate -D "${f%/*}" stop >/dev/null 2>&1 || :
	done
	rm -rf "$home"
}

# regress NAME… -- pg_regress over these tests in a fresh database; extra words for it in $regress_opts.
regress() {
	for t in "$@"; do
		mkdir -p "$home/src/results/${t%/*}" "$home/src/expected/${t%/*}"
		# pg_regress gives up altogether over a missing answer; an empty one just fails.
		[ -f "$home/src/expected/$t.out" ] || : >"$home/src/expected/$t.out"
	done
	own "$home/src"
	as_user sh -c 'cd src && exec "$0" "$@"' "$pgxs/src/test/regress/pg_regress" --bindir="$bin" --inputdir=. --outputdir=. \
		--host="$PGHOST" --port="$PGPORT" --user=postgres --dbname=contrib_regression --load-extension=aksara "$@"
}

# match PATTERN… -- the regression tests these shell patterns name, or all.
match() {
	(
		set +f
		cd "$top/sql"
		for f in */*.sql; do
			[ -f "$f" ] || continue
			t=${f%.sql}
			[ $# -gt 0 ] || echo "$t"
			for p in "$@"; do
				# shellcheck disable=SC2254 # the pattern is meant as one
				case $t in $p | $p/*) echo "$t"; break ;; esac
			done
		done
	)
}

# isolation NAME… -- the same for the isolation tester.
isolation() {
	mkdir -p "$home/src/output_iso" "$home/src/test/isolation/expected"
	for t in "$@"; do
		[ -f "$home/src/test/isolation/expected/$t.out" ] || : >"$home/src/test/isolation/expected/$t.out"
	done
	own "$home/src"
	as_user sh -c 'cd src && exec "$0" "$@"' "$pgxs/src/test/isolation/pg_isolation_regress" --bindir="$bin" \
		--inputdir=test/isolation --outputdir=output_iso --host="$PGHOST" --port="$PGPORT" --user=postgres \
		--dbname=isolation_regression --load-extension=aksara "$@"
}

# counted NAME COMMAND… -- run it and show its words; what its last line "N passed, N failed" says goes into file $tally.
# One that ended badly without a failed test counts as one.
counted() {
	what=$1
	shift
	{ "$@" || echo "ended badly"; } 2>&1 | awk -v what="$what" -v tally="$tally" '
		/^[0-9]+ passed, [0-9]+ failed$/ { passed = $1; failed = $3; print what ": " $0; next }
		$0 == "ended badly" { bad = 1; next }
		{ print; fflush() }
		END { if (bad && !failed) { failed = 1; print "failed: " what } print passed + 0, failed + 0 >>tally }'
}

# sum -- of what was counted; the last line of those who call it, and their status.
sum() {
	awk '{ passed += $1; failed += $2 } END { printf "%d passed, %d failed\n", passed, failed; exit !(passed && !failed) }' "$tally"
}
