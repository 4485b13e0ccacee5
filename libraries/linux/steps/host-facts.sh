output hostname "$(uname -n)"
output kernel "$(uname -r)"
output architecture "$(uname -m)"
release() { sed -n "s/^$1=//p" /etc/os-release 2>/dev/null | tr -d "\"'"; }
output os "$(release ID)"
output osVersion "$(release VERSION_ID)"
output processors "$(getconf _NPROCESSORS_ONLN)"
output memoryKilobytes "$(sed -n 's/^MemTotal: *\([0-9]*\) .*/\1/p' /proc/meminfo)"
output uptimeSeconds "$(cut -d . -f 1 /proc/uptime)"
