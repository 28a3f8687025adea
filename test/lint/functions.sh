#!/bin/sh
# docs/query.md names every expression that the code knows, and no other; function_list.c describes each that is no plain function.
set -eu
cd "$(dirname "$0")/../.."
bad=0

# names FILE… -- the words with a dollar that begin the rows of a table.
names() { sed -n 's/^	{"\(\$[a-z_0-9]*\)", .*/\1/p' "$@" | sort -u; }

functions=$(names src/query/function.c)
others=$(names src/query/expression.c src/query/aggregate.c src/query/window.c src/query/search.c src/query/logic.c)
described=$(names src/query/function_list.c)
for list in "$functions" "$others" "$described"; do
	[ "$(printf '%s\n' "$list" | wc -l)" -gt 30 ] || { echo "a table of names was not found in the sources"; bad=1; }
done
for name in $functions $others; do
	grep -qF "\`$name\`" docs/query.md || { echo "docs/query.md does not name $name"; bad=1; }
done
for name in $others; do
	printf '%s\n' "$described" | grep -qxF "$name" || { echo "function_list.c does not describe $name"; bad=1; }
done
# Words of the language that are no rows of these tables.
known=$(printf '%s\n' "$functions" "$others" "\$asc" "\$desc" "\$related" "\$window" "\$exists")
for name in $(grep -o '`\$[a-z_0-9]*[a-z_]`' docs/query.md | tr -d '`' | sort -u); do
	printf '%s\n' "$known" | grep -qxF "$name" || { echo "docs/query.md names $name, which the code does not know"; bad=1; }
done
exit $bad
