left=$timeoutSeconds
runs() { ps -e -o stat= -o comm= | awk -v name="$name" '$2 == name && $1 !~ /^Z/ { found = 1 } END { exit !found }'; }
while :; do
  if runs; then now=true; else now=false; fi
  [ "$now" != "$running" ] || break
  [ "$left" -gt 0 ] || fail "$name is not in that state after $timeoutSeconds seconds."
  sleep 1
  left=$((left - 1))
done
output waitedSeconds "$((timeoutSeconds - left))"
