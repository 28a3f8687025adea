#!/bin/sh
# run.sh -- the blog, in the database that PGHOST, PGPORT, PGUSER and PGDATABASE name (schemas blog and shop are made anew).
set -eu
cd "$(dirname "$0")"
# From standard input: errors then carry no file name. Errors are part of the show, so they stay in their place.
exec psql -X -q <demo.sql 2>&1
