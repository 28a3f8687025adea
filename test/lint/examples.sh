#!/bin/sh
# The examples of docs/validation.md, docs/signals.md and docs/tasks.md, and the answers beside them, are what the tests run and get, line by line.
set -eu
cd "$(dirname "$0")/../.."
bad=0

# stands PAGE PYTHON LEAST ANSWERS -- the blocks of the page in PL/Python (1), or the others (0), stand in the answers in
# their order; a page that has fewer than LEAST lines of them was not read as it should be.
stands() {
	awk -v page="$1" -v python="$2" -v least="$3" -v answers="$4" '
		function keep(i) { for (i = 1; i <= lines; i++) wanted[++n] = block[i] }
		FNR == NR {
			if (/^```/) {
				if (on && of_python == python) keep()
				on = /^```sql/
				lines = of_python = 0
				next
			}
			if (on && $0 != "") { of_python = of_python || /plpython3u/; sub(/^--  /, ""); block[++lines] = $0 }
			next
		}
		at < n && $0 == wanted[at + 1] { at++ }
		END {
			if (n < least) { print "the examples of " page " were not found"; exit 1 }
			if (at < n) { print answers " has not this line of " page " in its place: " wanted[at + 1]; exit 1 }
		}
	' "$1" "$4" || bad=1
}
stands docs/validation.md 0 50 expected/validation/docs.out
stands docs/signals.md 0 100 expected/signal/docs.out
stands docs/tasks.md 0 70 expected/task/docs.out
stands docs/signals.md 1 10 expected/signal/python.out
exit $bad
