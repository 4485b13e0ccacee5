need sysctl
file=/proc/sys/$(printf '%s' "$name" | tr . /)
[ -e "$file" ] || fail "The kernel has no parameter $name."
[ "$(tr '\t' ' ' <"$file")" = "$value" ] || change sysctl -q -w "$name=$value"
keep=/etc/sysctl.d/90-opsconductor-$name.conf
if [ "$(cat "$keep" 2>/dev/null)" != "$name = $value" ]; then
  write() { mkdir -p /etc/sysctl.d && printf '%s\n' "$name = $value" >"$keep"; }
  change write
fi
output changed "$changed"
