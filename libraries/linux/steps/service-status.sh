need_systemd
systemctl cat -- "$unit" >/dev/null 2>&1 || fail "There is no unit $unit."
output state "$(systemctl is-active -- "$unit")"
output enabled "$(systemctl is-enabled --quiet -- "$unit" 2>/dev/null && echo true || echo false)"
output mainPid "$(systemctl show -p MainPID --value -- "$unit")"
