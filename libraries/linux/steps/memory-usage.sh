[ -r /proc/meminfo ] || fail "This host has no /proc/meminfo."
set -- $(awk '/^MemTotal:/ { total = $2 } /^MemAvailable:/ { available = $2 } /^SwapTotal:/ { swap = $2 } /^SwapFree:/ { free = $2 }
  END { print total; print available; print swap - free }' /proc/meminfo)
output totalKilobytes "$1"
output availableKilobytes "$2"
output swapUsedKilobytes "$3"
percent=$(($2 * 100 / $1))
output availablePercent "$percent"
[ "$percent" -ge "$minAvailablePercent" ] || fail "Only $percent % of the memory is available."
