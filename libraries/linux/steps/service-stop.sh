need_systemd
systemctl cat -- "$unit" >/dev/null 2>&1 || fail "There is no unit $unit."
if systemctl is-active --quiet -- "$unit"; then change systemctl stop -- "$unit"; fi
output changed "$changed"
