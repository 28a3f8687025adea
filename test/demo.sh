#!/bin/sh
# demo.sh -- the main job on a server of its own: the blog, then the Debian package index.
#
# An example is examples/<name>/run.sh; it finds a database with the extension in PGHOST, PGPORT, PGUSER, PGDATABASE,
# and runs as an ordinary user in a copy of the checkout.
set -eu
. "$(dirname "$0")/lib.sh"

"$top/test/packages.sh"
trap leave EXIT
trap 'exit 130' INT TERM HUP
say "building aksara and starting a server of its own"
make_home
copy_server
sync_source
build
start_server

for example in ${EXAMPLES:-blog debian}; do
	[ -f "$home/src/examples/$example/run.sh" ] || die "examples/$example/run.sh is missing"
	as_user createdb "$example"
	as_user psql -qXd "$example" -c 'CREATE EXTENSION aksara'
	say "examples/$example"
	as_user env PGDATABASE="$example" sh "$home/src/examples/$example/run.sh" </dev/null
done
say "done; the server is stopped and its files are removed"
