#!/bin/sh
# SPI is entered in core alone, where path, settings level and memory are looked after.
set -eu
cd "$(dirname "$0")/../../src"
bad=$(grep -nE '\bSPI_(connect|connect_ext|finish)\b' *.c */*.c */*.h | grep -v '^core/') || :
[ -z "$bad" ] || { printf 'SPI outside core:\n%s\n' "$bad"; exit 1; }
