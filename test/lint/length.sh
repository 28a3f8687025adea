#!/bin/sh
# No source file over 800 lines, no C function over 100.
set -eu
cd "$(dirname "$0")/../../src"
awk '
FNR == 1 { start = 0 }
FNR == 801 { print FILENAME ": over 800 lines"; bad = 1 }
# PostgreSQL form: the braces of a function stand alone in the first column.
/^\{/ { start = FNR; name = before }
/^\}/ { if (start && FNR - start > 100) { printf "%s:%d: %d lines: %s\n", FILENAME, start, FNR - start, name; bad = 1 } start = 0 }
/^[A-Za-z_]/ { before = $0 }
END { exit bad }
' *.c */*.c */*.h */*.sql
