need_systemd
systemctl cat -- "$unit" >/dev/null 2>&1 || fail "There is no unit $unit."
systemctl is-enabled --quiet -- "$unit" 2>/dev/null && now=true || now=false
if [ "$now" != "$enabled" ]; then
  if is "$enabled"; then change systemctl enable -- "$unit"; else change systemctl disable -- "$unit"; fi
fi
output changed "$changed"
