#!/bin/sh
# packages.sh [PART…] -- what these parts of the tests need on Debian (all that run.sh runs by itself, without an
# argument): as root, install what is missing; else name it and stop.
set -eu
. "$(dirname "$0")/lib.sh"

missing=
need() { missing="$missing $1"; }
has() { command -v "$1" >/dev/null 2>&1; }

[ $# -gt 0 ] || set -- lint regress isolation tap fuzz clients
parts=$*
for_part() { # WORD… -- one of them is asked for
	for word in "$@"; do
		case " $parts " in *" $word "*) return 0 ;; esac
	done
	return 1
}

# Tested by what is there, not by package names, so that other builds of the same programs count.
if [ "$parts" != servers ]; then
	{ has gcc && has make; } || need build-essential
	[ -x "/usr/lib/postgresql/$PGMAJOR/bin/postgres" ] || need "postgresql-$PGMAJOR"
	{ [ -x "/usr/lib/postgresql/$PGMAJOR/bin/pg_config" ] && [ -f "/usr/include/postgresql/$PGMAJOR/server/postgres.h" ]; } ||
		need "postgresql-server-dev-$PGMAJOR"
fi
! for_part lint || has clang || need clang
! for_part lint || has cppcheck || need cppcheck
! for_part regress || [ -f "/usr/lib/postgresql/$PGMAJOR/lib/plpython3.so" ] || need "postgresql-plpython3-$PGMAJOR"
! for_part tap fuzz pg_upgrade || perl -MIPC::Run -e1 2>/dev/null || need libipc-run-perl
! for_part clients bench || "$python" -c 'import psycopg2' 2>/dev/null || need python3-psycopg2
if for_part clients; then
	"$python" -c 'import psycopg' 2>/dev/null || need python3-psycopg
	"$python" -c 'import asyncpg' 2>/dev/null || need python3-asyncpg
	[ -f /usr/share/java/postgresql.jar ] || need libpostgresql-jdbc-java
	{ has java && has javac; } || need default-jdk-headless
	[ -x /usr/sbin/pgbouncer ] || has pgbouncer || need pgbouncer
fi
if for_part bench; then
	"$python" -c 'import django' 2>/dev/null || need python3-django
	"$python" -c 'import sqlalchemy' 2>/dev/null || need python3-sqlalchemy
fi
! for_part clients bench || has node || need nodejs
! for_part clients bench || has npm || need npm
! for_part servers || has debootstrap || need debootstrap
if for_part asserts; then
	[ -f /usr/include/libxml2/libxml/parser.h ] || need libxml2-dev
	[ -f /usr/include/unicode/ucol.h ] || need libicu-dev
	{ has xz && has bzip2; } || need "xz-utils bzip2"
fi

install() {
	apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "$@" >"$log" 2>&1 || { cat "$log" >&2; die "apt-get install $* failed"; }
}

# drop_package NAME -- it is not needed after all.
drop_package() { missing=$(printf '%s' "$missing" | sed "s/ $1//"); }
# drop_unknown NAME -- nor where apt does not have it.
drop_unknown() {
	case " $missing " in *" $1 "*) ;; *) return 0 ;; esac
	case $(apt-cache policy "$1" 2>/dev/null) in
	*"Candidate: "[0-9]*) ;;
	*) drop_package "$1" ;;
	esac
}
# Not every machine that has PostgreSQL has a JDK; without one the test of JDBC is left out, and says so. PL/Python is
# not worth stopping for: without it its test has another answer.
drop_optional() {
	drop_unknown default-jdk-headless
	if [ "$(id -u)" = 0 ]; then drop_unknown "postgresql-plpython3-$PGMAJOR"; else drop_package "postgresql-plpython3-$PGMAJOR"; fi
}

# Debian makes a cluster of its own when the server is installed, and starts it, and PgBouncer likewise. Neither is wanted
# here, so that is switched off while we install; a cluster on a machine that has one already is never touched.
clusters=/etc/postgresql-common/createcluster.conf
policy=/usr/sbin/policy-rc.d
quiet() {
	trap loud EXIT
	trap 'exit 130' INT TERM HUP
	if [ ! -e "$policy" ]; then
		printf '#!/bin/sh\n# aksara: for the time of an installation\nexit 101\n' >"$policy"
		chmod 755 "$policy"
	fi
	case " $missing " in *" postgresql-"*) ;; *) return 0 ;; esac
	install postgresql-common
	[ -z "$(pg_lsclusters -h)" ] || return 0
	cp -p "$clusters" "$clusters.aksara"
	printf '\ncreate_main_cluster = false\n' >>"$clusters"
}
loud() {
	if [ -f "$clusters.aksara" ]; then mv -f "$clusters.aksara" "$clusters"; fi
	if grep -qs '^# aksara:' "$policy"; then rm -f "$policy"; fi
	rm -f "$log"
}

[ "$(id -u)" = 0 ] || drop_optional
if [ -n "$missing" ]; then
	[ "$(id -u)" = 0 ] || die "please install:$missing   (sudo apt-get install$missing)"
	say "installing$missing"
	export DEBIAN_FRONTEND=noninteractive
	log=$(mktemp)
	trap 'rm -f "$log"' EXIT
	apt-get update -qq >"$log" 2>&1 || { cat "$log" >&2; die "apt-get update failed"; }
	drop_optional
	quiet
	# shellcheck disable=SC2086 # a list of names
	[ -z "$missing" ] || install $missing
	loud
fi

# node_modules PART -- as the lock file of test/PART has it; again only when that file is newer than what was installed.
node_modules() {
	for_part "$1" || return 0
	folder=$top/test/$1
	if [ ! "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ]; then
		say "npm ci in test/$1"
		npm ci --prefix "$folder" --no-audit --no-fund --loglevel=error >/dev/null
		touch "$folder/node_modules/.package-lock.json"
	fi
}
node_modules clients
node_modules bench
