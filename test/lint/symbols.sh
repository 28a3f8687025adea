#!/bin/sh
# The library exports ak_*, pg_finfo_*, _PG_init and Pg_magic_func, nothing else.
set -eu
cd "$(dirname "$0")/../.."
[ -f aksara.so ] || { echo "aksara.so is not built"; exit 1; }
bad=$(nm -D --defined-only aksara.so | awk '{ print $NF }' | grep -Ev '^(ak_[a-z0-9_]+|pg_finfo_ak_[a-z0-9_]+|_PG_init|Pg_magic_func|_init|_fini)$') || :
[ -z "$bad" ] || { printf 'exported without the prefix:\n%s\n' "$bad"; exit 1; }
