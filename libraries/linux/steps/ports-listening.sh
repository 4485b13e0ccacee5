ports=$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk '$4 == "0A" { sub(/.*:/, "", $2); print $2 }' | sort -u |
  while read -r hex; do printf '%d\n' "0x$hex"; done | sort -nu)
output ports "$(printf '%s\n' "$ports" | awk 'NF' | json_list | tr -d '"')"
for port in $expected; do
  printf '%s\n' "$ports" | grep -qx "$port" || fail "Nothing listens on port $port."
done
