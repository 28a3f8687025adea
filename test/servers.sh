#!/bin/sh
# servers.sh [17] [18] [pg_upgrade] -- the tests against other servers than the machine's, and pg_upgrade from 15 to 17.
#
# A server lives in a folder of Debian's packages that debootstrap fills (about a minute), outside the checkout, and is
# used again: $AKSARA_SERVERS/<suite>, or /var/tmp/aksara-servers. Remove the folder and it is made anew. The packages
# come from the machine's own Debian mirror; AKSARA_MIRROR names another.
#
# Needs root, for chroot. What runs does so in name spaces of its own: when it ends, however it ends, the kernel takes
# every process, mount, temporary file and piece of shared memory along. TESTS, TAP and AK_FLAGS are those of run.sh, PARTS
# narrows it to some of its parts, AK_ROUNDS and AK_SEED are those of the fuzzer.
set -eu
. "$(dirname "$0")/lib.sh"

servers=${AKSARA_SERVERS:-/var/tmp/aksara-servers}

# suite_of WORD -- the Debian suite that has this server.
suite_of() {
	case $1 in
	17 | pg_upgrade) echo trixie ;;
	18) echo forky ;;
	*) die "unknown server $1: 17 18 pg_upgrade" ;;
	esac
}

# contents SUITE -- its packages; and in older, what comes from a suite before it, as SUITE:MAJOR.
contents() {
	packages="build-essential libipc-run-perl"
	older=
	case $1 in
	trixie) packages="$packages postgresql-17 postgresql-server-dev-17 postgresql-plpython3-17" older=bookworm:15 ;;
	forky) packages="$packages postgresql-18 postgresql-server-dev-18 postgresql-plpython3-18" ;;
	esac
}

# made SUITE -- it is there, and as contents wants it.
made() {
	contents "$1"
	[ "$(cat "$servers/$1/etc/aksara" 2>/dev/null)" = "$packages $older" ]
}

# alone COMMAND… -- one of the functions below, in name spaces of its own.
alone() {
	unshare --mount --propagation private --pid --ipc --fork --kill-child -- \
		env AKSARA_ALONE=yes sh "$top/test/servers.sh" "$@"
}

# run SUITE MAJOR PART… -- run.sh in the suite that has this server.
run() {
	suite=$1 major=$2
	shift 2
	alone enter "$suite" env PGMAJOR="$major" TESTS="${TESTS:-}" TAP="${TAP:-}" AK_FLAGS="${AK_FLAGS:-}" \
		AK_ROUNDS="${AK_ROUNDS:-}" AK_SEED="${AK_SEED:-}" sh /aksara/test/run.sh "$@"
}

main() {
	[ "$(id -u)" = 0 ] || die "the tests on other servers need root: they chroot into folders of Debian's packages"
	[ $# -gt 0 ] || set -- 17 18 pg_upgrade
	for word in "$@"; do suite_of "$word" >/dev/null; done

	tally=$(mktemp)
	trap 'rm -f "$tally"' EXIT
	trap 'exit 130' INT TERM HUP

	for word in "$@"; do
		suite=$(suite_of "$word")
		if ! made "$suite"; then
			"$top/test/packages.sh" servers
			from=${AKSARA_MIRROR:-$(debian_mirror)} || exit 1
			say "making $servers/$suite"
			alone make "$suite" "$from" || die "$servers/$suite could not be made: see above"
		fi
		case $word in
		pg_upgrade) say "pg_upgrade in $suite"; counted "pg_upgrade" run "$suite" 17 pg_upgrade ;;
		*) say "PostgreSQL $word in $suite"; counted "PostgreSQL $word" run "$suite" "$word" ${PARTS:-regress isolation tap fuzz} ;;
		esac
	done
	sum
}

# What follows runs alone.

# make SUITE MIRROR -- fill its folder. Under another name until it is whole.
make() {
	suite=$1 mirror=$2 root=$servers/$1.new
	contents "$suite"
	(umask 022 && mkdir -p "$servers")
	# Programs from there run as root.
	[ "$(stat -c %u "$servers")" = 0 ] || die "$servers belongs to somebody else"
	exec 9>"$servers/lock"
	flock 9
	if made "$suite"; then return; fi
	rm -rf "$root" "${servers:?}/$suite"

	# A debootstrap older than the suite has no script for it; the one for unstable fits.
	script=
	[ -f "/usr/share/debootstrap/scripts/$suite" ] || script=sid
	proxy=
	eval "$(apt-config shell proxy Acquire::http::Proxy)"
	[ -z "$proxy" ] || export http_proxy="$proxy"
	log=$servers/$suite.log
	# shellcheck disable=SC2086 # the script's name or nothing
	debootstrap --variant=minbase --include=ca-certificates "$suite" "$root" "$mirror" $script >"$log" 2>&1 &&
		fill >>"$log" 2>&1 || { tail -n 30 "$log" >&2; return 1; }
	echo "$packages $older" >"$root/etc/aksara"
	mv "$root" "$servers/$suite"
}

fill() {
	export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
	mount -t proc proc "$root/proc"
	# Nothing is started by an installation, no cluster is made, and nobody waits for the disk.
	printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
	chmod 755 "$root/usr/sbin/policy-rc.d"
	mkdir -p "$root/etc/postgresql-common/createcluster.d"
	echo 'create_main_cluster = false' >"$root/etc/postgresql-common/createcluster.d/aksara.conf"
	echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/aksara"
	# A mirror may lag behind a suite whose lists expire after a week; what they say is signed all the same.
	echo 'Acquire::Check-Valid-Until "false";' >"$root/etc/apt/apt.conf.d/aksara"
	[ -z "$older" ] || echo "deb $mirror ${older%:*} main" >>"$root/etc/apt/sources.list"
	chroot "$root" apt-get update -qq || return 1
	# shellcheck disable=SC2086 # a list of names
	chroot "$root" apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 \
		$packages ${older:+"postgresql-${older#*:}"} || return 1
	# The headers alone: the package would bring the older suite's compilers along.
	if [ -n "$older" ]; then
		chroot "$root" sh -ec 'cd /tmp && apt-get download -qq "$0" && dpkg -x ./*.deb / && rm ./*.deb' \
			"postgresql-server-dev-${older#*:}" || return 1
	fi
	chroot "$root" apt-get clean
	umount "$root/proc"
}

# enter SUITE COMMAND… -- run it there; the checkout is /aksara, and cannot be written.
enter() {
	root=$servers/$1
	shift
	trap 'exit 130' INT TERM HUP
	mkdir -p "$root/aksara" "$root/dev/shm"
	mount -t proc proc "$root/proc"
	mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
	mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
	mount --bind "$top" "$root/aksara"
	mount -o remount,bind,ro "$root/aksara"
	# Not exec: the first process of a name space buries the servers that tests have killed, and a shell does.
	chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@" </dev/null && return
	return $?
}

if [ "${AKSARA_ALONE:-}" = yes ]; then "$@"; else main "$@"; fi
