need_systemd
systemctl cat -- "$unit" >/dev/null 2>&1 || fail "There is no unit $unit."
if is "$reload"; then change systemctl reload-or-restart -- "$unit"; else change systemctl restart -- "$unit"; fi
is "$check" || systemctl is-active --quiet -- "$unit" || fail "$unit is not active after that."
output changed "$changed"
