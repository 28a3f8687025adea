#!/bin/sh
# Every test has its answer and every answer its test.
set -eu
cd "$(dirname "$0")/../.."
bad=0
pairs() { # TESTS SUFFIX ANSWERS
	for f in $(cd "$1" 2>/dev/null && find . -name "*.$2" | sort); do
		t=${f#./}; t=${t%."$2"}
		# An empty answer is what a test run puts where none was given.
		[ -s "$3/$t.out" ] || { echo "$1/$t.$2 has no answer"; bad=1; }
	done
	for f in $(cd "$3" 2>/dev/null && find . -name '*.out' | sort); do
		t=${f#./}; t=${t%.out}
		# name_1.out is another right answer to name.
		[ -f "$1/$t.$2" ] || [ -f "$1/${t%_[0-9]}.$2" ] || { echo "$3/$t.out has no test"; bad=1; }
	done
}
pairs sql sql expected
pairs test/isolation/specs spec test/isolation/expected
exit $bad
