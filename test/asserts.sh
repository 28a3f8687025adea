#!/bin/sh
# asserts.sh [PART…] -- parts of run.sh (regress isolation tap fuzz) on a PostgreSQL built from Debian's source with its own
# assertions and wiped memory (--enable-cassert); the extension's assertions are on as well.
#
# DISCARD=1 throws every cached relation, type and function away as soon as that may happen (debug_discard_caches = 1): a pointer
# that is held too long shows. It is fifty times slower: narrow it with TESTS or AK_ROUNDS.
#
# The server is built once (two minutes) in $AKSARA_SERVERS/asserts, or /var/tmp/aksara-servers/asserts.
set -eu
. "$(dirname "$0")/lib.sh"

place=${AKSARA_SERVERS:-/var/tmp/aksara-servers}/asserts
[ $# -gt 0 ] || set -- regress isolation tap fuzz
"$top/test/packages.sh" asserts "$@"

# The source packages that apt knows once it is told where: in lists of our own.
fetch() {
	mkdir -p parts lists/partial
	# shellcheck disable=SC1091
	suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
	cat >parts/asserts.sources <<-LIST
		Types: deb-src
		URIs: ${AKSARA_MIRROR:-$(debian_mirror)}
		Suites: $suite
		Components: main
		Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
	LIST
	set -- -qq -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$PWD/parts" -o Dir::State::lists="$PWD/lists"
	apt-get "$@" update
	apt-get "$@" source --download-only "postgresql-$PGMAJOR"
}

# In the relative layout of Debian's, which copy_server wants.
make_server() {
	tar -xf postgresql-*.orig.tar.*
	cd "postgresql-$PGMAJOR".*/
	./configure --prefix="$place/lib/postgresql/$PGMAJOR" --datadir="$place/share/postgresql/$PGMAJOR" \
		--includedir="$place/include/postgresql/$PGMAJOR" --enable-cassert --enable-debug --enable-tap-tests \
		--with-icu --with-libxml --without-readline CFLAGS='-O1 -g -fno-omit-frame-pointer'
	make -s -j"$(nproc)" world-bin
	make -s install-world-bin
}

if [ ! -f "$place/made" ]; then
	say "building PostgreSQL $PGMAJOR with assertions in $place"
	rm -rf "$place"
	mkdir -p "$place/source"
	(cd "$place/source" && fetch && make_server) >"$place/log" 2>&1 || { tail -n 30 "$place/log"; die "see $place/log"; }
	rm -rf "$place/source"
	touch "$place/made"
fi

[ -z "${DISCARD:-}" ] || AK_CONF='debug_discard_caches = 1'
AK_CONF=${AK_CONF:-} AK_PREFIX=$place AK_FLAGS='-DUSE_ASSERT_CHECKING' exec "$top/test/run.sh" "$@"
