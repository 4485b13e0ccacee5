used=$(df -P -i -- "$path" 2>/dev/null | awk 'NR == 2 { sub(/%/, "", $5); print $5 }')
[ -n "$used" ] || fail "There is no file system for $path."
[ "$used" != - ] || used=0
output usedPercent "$used"
[ "$used" -le "$maxUsedPercent" ] || fail "$used % of the inodes are used."
