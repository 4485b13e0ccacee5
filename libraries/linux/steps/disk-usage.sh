set -- $(df -P -k -- "$path" 2>/dev/null | awk 'NR == 2 { print $2; print $4; sub(/%/, "", $5); print $5; print $6 }')
[ $# -ge 4 ] || fail "There is no file system for $path."
output totalKilobytes "$1"
output freeKilobytes "$2"
output usedPercent "$3"
output mountPoint "$4"
[ "$3" -le "$maxUsedPercent" ] || fail "$4 is $3 % full."
