#!/bin/sh
# Nothing in the repository names the machine it was written on, or a package registry.
set -eu
cd "$(dirname "$0")/../.."
# The patterns are broken up so that this file does not match itself.
bad=$(find . -type f ! -path './.git/*' ! -path './build/*' ! -path '*/node_modules/*' ! -path './results/*' ! -path './tmp_check/*' \
	! -path './output_iso/*' ! -path './regression.*' ! -name '*.o' ! -name '*.d' ! -name '*.bc' ! -name '*.so' \
	-exec grep -nIE '(^|[^A-Za-z0-9_.])/(wor''k|roo''t|hom''e)/[a-z]|regist''ry\.npm|npmjs\.or''g|"resolv''ed":' {} +) || :
[ -z "$bad" ] || { printf 'speaks of a machine:\n%s\n' "$bad"; exit 1; }
