#!/bin/sh
# packages.sh [PART…] -- what these parts of the tests need on Debian (all that run.sh runs by itself, without an
# argument): as root, install what is missing; else name it and stop.
set -eu
. "$(dirname "$0")/lib.sh"

missing=
need() { missing="$missing $1"; }
has() { command -v "$1" >/dev/null 2>&1; }

[ $# -gt 0 ] || set -- lint regress isolation tap clients bench
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
! for_part tap upgrade || perl -MIPC::Run -e1 2>/dev/null || need libipc-run-perl
! for_part clients bench || "$python" -c 'import psycopg2' 2>/dev/null || need python3-psycopg2
! for_part clients || has node || need nodejs
! for_part clients || has npm || need npm
! for_part servers || has debootstrap || need debootstrap

install() {
	apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "$@" >"$log" 2>&1 || { cat "$log" >&2; die "apt-get install $* failed"; }
}

# Debian makes and starts a cluster of its own when the server is installed. It is not wanted here, so that is switched
# off while we install, on a machine that has none yet; an existing cluster is never touched.
install_quietly() {
	conf=/etc/postgresql-common/createcluster.conf
	install postgresql-common
	if [ -n "$(pg_lsclusters -h)" ]; then
		install "$@"
		return
	fi
	cp -p "$conf" "$conf.aksara"
	trap 'if [ -f "$conf.aksara" ]; then mv -f "$conf.aksara" "$conf"; fi; rm -f "$log"' EXIT
	printf '\ncreate_main_cluster = false\n' >>"$conf"
	install "$@"
	mv -f "$conf.aksara" "$conf"
}

if [ -n "$missing" ]; then
	[ "$(id -u)" = 0 ] || die "please install:$missing   (sudo apt-get install$missing)"
	say "installing$missing"
	export DEBIAN_FRONTEND=noninteractive
	log=$(mktemp)
	trap 'rm -f "$log"' EXIT
	apt-get update -qq >"$log" 2>&1 || { cat "$log" >&2; die "apt-get update failed"; }
	case " $missing " in
	*" postgresql-"*)
		# shellcheck disable=SC2086 # a list of names
		install_quietly $missing ;;
	*)
		# shellcheck disable=SC2086
		install $missing ;;
	esac
fi

for_part clients || exit 0
# node-postgres, as the lock file has it; again only when that file is newer than what was installed.
clients=$top/test/clients
if [ -f "$clients/package-lock.json" ] && [ ! "$clients/node_modules/.package-lock.json" -nt "$clients/package-lock.json" ]; then
	say "npm ci in test/clients"
	npm ci --prefix "$clients" --no-audit --no-fund --loglevel=error >/dev/null
	touch "$clients/node_modules/.package-lock.json"
fi
