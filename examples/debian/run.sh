#!/bin/sh
# run.sh [PACKAGE] -- loads the package index of this machine and asks it some questions, one of them about PACKAGE.
# The database is the one that PGHOST, PGPORT, PGUSER and PGDATABASE name; schema debian is made anew in it.
set -eu
cd "$(dirname "$0")"
exec 2>&1
psql -X -q -f models.sql
"${PYTHON:-/usr/bin/python3}" load.py
psql -X -q -v package="${1:-}" <queries.sql
