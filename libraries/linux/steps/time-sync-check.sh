now=$(date +%s)
difference=$((now - epochSeconds))
[ "$difference" -ge 0 ] || difference=$((-difference))
output differenceSeconds "$difference"
[ "$difference" -le "$maxSeconds" ] || fail "The clock differs by $difference seconds."
