ids() { ps -e -o pid= -o stat= -o comm= | awk -v name="$name" '$3 == name && $2 !~ /^Z/ { print $1 }'; }
before=$(ids)
output count "$(printf '%s\n' "$before" | awk 'NF' | wc -l | tr -d ' ')"
if [ -n "$before" ]; then
  change kill -s TERM $before
  if ! is "$check"; then
    left=$graceSeconds
    while [ "$left" -gt 0 ] && [ -n "$(ids)" ]; do sleep 1; left=$((left - 1)); done
    rest=$(ids)
    [ -z "$rest" ] || kill -s KILL $rest
  fi
fi
output changed "$changed"
