required=false
if [ -e /run/reboot-required ] || [ -e /var/run/reboot-required ]; then required=true; fi
if command -v needs-restarting >/dev/null 2>&1 && ! needs-restarting -r >/dev/null 2>&1; then required=true; fi
output required "$required"
