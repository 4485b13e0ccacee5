[ -r /proc/loadavg ] || fail "This host has no /proc/loadavg."
processors=$(getconf _NPROCESSORS_ONLN)
output processors "$processors"
output load1 "$(cut -d ' ' -f 1 /proc/loadavg)"
output load5 "$(cut -d ' ' -f 2 /proc/loadavg)"
output load15 "$(cut -d ' ' -f 3 /proc/loadavg)"
awk -v limit="$maxPerProcessor" -v processors="$processors" '{ exit limit > 0 && $2 > limit * processors }' /proc/loadavg ||
  fail "The load is above $maxPerProcessor for each processor."
