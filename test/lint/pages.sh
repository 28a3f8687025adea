#!/bin/sh
# The pages docs/fields.md, relations.md and models.md name every type, option, meta key and operation that the code knows, and no other option.
set -eu
cd "$(dirname "$0")/../.."
bad=0

# words PATTERN FILE… -- the quoted words from a line that matches to the end of its list.
words() {
	pattern=$1
	shift
	awk -v p="$pattern" '$0 ~ p { on = 1 } on { print } /\};/ { on = 0 }' "$@" |
		grep -o '"[A-Za-z_]*"' | tr -d '"' | sort -u
}
names() { sed -n 's/^.*\.name = "\([A-Za-z]*\)".*/\1/p' "$@"; }
# stands PAGE WHAT -- each word of the input stands on the page as code.
stands() {
	while read -r word; do
		grep -qE "[\`\"(.]${word}[\`\"(]" "docs/$1" || { echo "docs/$1 does not name $2 $word"; bad=1; }
	done
	return 0
}
# known PAGE HEADING WORDS -- the first column of the first table under the heading names nothing else.
known() {
	for word in $(awk -v h="$2" '$0 == h { on = 1; next } /^## / { on = 0 } on && /^\| `/ { split($0, c, "|"); print c[2] }' "docs/$1" |
		tr '`' '\n' | grep -x '[a-z_]*'); do
		printf '%s\n' "$3" | grep -qx "$word" || { echo "docs/$1 names $word, which the code does not know"; bad=1; }
	done
}

kinds=src/model/types_text.c\ src/model/types_number.c\ src/model/types_plain.c\ src/model/types_container.c
hidden='^(type|part_of|db_persist)$'
common=$(words 'common_options\[\] =' src/model/types.c | grep -vE "$hidden")
aliases=$(words 'aliases\[\]\[2\]' src/model/types.c)
keys=$(words '(key|many)_options\[\] =' src/relation/types.c)
meta=$(words 'meta_options\[\] =' src/model/meta.c)

# The lists are found at all.
for list in "$common" "$aliases" "$keys" "$meta"; do
	[ "$(printf '%s\n' "$list" | wc -l)" -gt 5 ] || { echo "a list of options was not found in the sources"; bad=1; }
done

stands fields.md option <<END
$common
$aliases
END
# shellcheck disable=SC2086 # a list of files
stands fields.md option <<END
$(words '_options\[\] =' $kinds | grep -vE "$hidden")
END
# shellcheck disable=SC2086
stands fields.md type <<END
$(names $kinds src/relation/types.c)
END
stands relations.md option <<END
$keys
END
stands relations.md 'on_delete' <<END
$(words 'on_deletes\[\] =' src/relation/options.c)
END
stands models.md 'meta option' <<END
$meta
END
stands models.md operation <<END
$(sed -n 's/^	{"\([a-z_]*\)", [a-z_]*_keys,.*/\1/p' src/model/operation.c)
END
known fields.md '## Options of every field' "$common
$aliases"
known relations.md '## Options' "$keys
$common"
known models.md "## Options (\`meta\`)" "$meta
db_table"
exit $bad
