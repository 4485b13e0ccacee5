need_systemd
units=$(systemctl list-units --state=failed --no-legend --plain | awk '{ print $1 }')
output units "$(printf '%s\n' "$units" | awk 'NF' | json_list)"
output count "$(printf '%s\n' "$units" | awk 'NF' | wc -l | tr -d ' ')"
