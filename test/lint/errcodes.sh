#!/bin/sh
# Every ereport at ERROR or above names its errcode within the statement.
set -eu
cd "$(dirname "$0")/../../src"
awk '
FNR == 1 { if (open) complain(); open = 0 }
function complain() { printf "%s:%d: no errcode\n", file, line; bad = 1 }
{
	text = $0
	if (!open && match(text, /ereport\((ERROR|FATAL|PANIC|elevel|level)/)) { open = 1; file = FILENAME; line = FNR; stmt = ""; text = substr(text, RSTART) }
	if (open) {
		stmt = stmt text
		# A statement ends at a line that ends in ");": nothing inside one does.
		if (text ~ /\);[ \t]*(\/\*.*\*\/)?[ \t]*\\?$/) {
			# An error handed over by the parser or copied from a caught one has its code from there.
			if (stmt !~ /errcode|ak_[a-z_]*errcode|AK_[A-Z_]*CODE/) complain()
			open = 0
		}
	}
}
END { if (open) complain(); exit bad }
' *.c */*.c */*.h
