#!/bin/sh
# The role is switched in core alone; who calls the registry gateway is listed for the reviewer.
set -eu
cd "$(dirname "$0")/../../src"
bad=$(grep -nE '\bSetUserIdAnd(SecContext|Context)\b|\bSetSessionAuthorization\b' *.c */*.c */*.h | grep -v '^core/') || :
echo 'callers of the registry gateway:'
grep -nE '\bak_core_registry_[a-z_]+\(' */*.c | grep -Ev '^core/|ak_core_registry_column' || :
[ -z "$bad" ] || { printf 'role switched outside core:\n%s\n' "$bad"; exit 1; }
