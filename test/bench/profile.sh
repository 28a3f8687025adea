#!/bin/sh
# profile.sh NAME [SECONDS] [WORD…] -- where our side of one row of the bench spends its time: perf over one loop in the
# server, then the symbols at the top. The server is that of test/server.sh (AK_DEV), with what was built there last.
# Further words go to test/bench/query, such as --set.
#
#   test/bench/profile.sh 'get_by_key()'
#   test/bench/profile.sh 'rows(), prepared' 10 --set aksara.query_inline=off
set -eu
[ $# -gt 0 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; exit 2; }
name=$1 seconds=${2:-5}
shift "$(($# < 2 ? $# : 2))"
here=$(cd "$(dirname "$0")" && pwd)
perf=$(command -v perf) || { echo "skipped: perf is not installed (apt-get install linux-perf)"; exit 0; }

eval "$("$here/../server.sh" env)"
scratch=$(mktemp -d)
loop=
trap '[ -z "$loop" ] || kill "$loop" 2>/dev/null; dropdb --if-exists -f profile 2>/dev/null; rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM HUP

# Two seconds longer than perf looks, so that what it sees is the loop and nothing else.
"$here/query" "$@" --database profile --loop "$((seconds + 2))" "$name" >"$scratch/said" &
loop=$!
until grep -q '^backend ' "$scratch/said"; do
	kill -0 "$loop" 2>/dev/null || { wait "$loop" || exit $?; }
	sleep 0.2
done
backend=$(sed -n 's/^backend \([0-9]*\):.*/\1/p' "$scratch/said")
cat "$scratch/said"
if ! "$perf" record -q -g -F 2000 -p "$backend" -o "$scratch/data" -- sleep "$seconds" >"$scratch/perf" 2>&1; then
	echo "skipped: perf may not record here: $(head -n 1 "$scratch/perf")"
	exit 0
fi

# report SORT LIMIT -- the shares; an address without a symbol is a static function of a server without debug symbols.
report() {
	"$perf" report -i "$scratch/data" --stdio --no-children -g none --sort "$1" 2>/dev/null |
		sed '/^#/d; /^ *$/d; s/ *- *- *$//' |
		awk -v limit="$2" '/ 0x[0-9a-f]+/ { nameless += $1; next } shown++ < limit { print }
			END { if (nameless) printf "%9.2f%%  without a symbol\n", nameless }'
}
report dso 5
echo
report dso,symbol 40
