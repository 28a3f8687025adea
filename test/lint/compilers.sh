#!/bin/sh
# The sources compile without a warning under clang too, in a folder of its own (gcc builds what the tests run).
set -eu
cd "$(dirname "$0")/../.."
clang=$(command -v clang || command -v clang-14) || { echo "clang is missing"; exit 1; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp -R Makefile aksara.control src "$scratch/"
find "$scratch" \( -name '*.o' -o -name '*.d' -o -name '*.bc' \) -type f -delete
make -s -C "$scratch" -j"$(nproc)" CC="$clang" PG_CONFIG="${PG_CONFIG:-pg_config}" with_llvm=no all
