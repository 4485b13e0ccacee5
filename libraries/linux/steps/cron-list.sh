set +f
jobs=$(cat /etc/crontab /etc/cron.d/* 2>/dev/null | grep -vE '^[[:space:]]*(#|$)|^[A-Za-z_]+[[:space:]]*=')
set -f
output jobs "$(printf '%s\n' "$jobs" | awk 'NF' | json_list)"
output count "$(printf '%s\n' "$jobs" | awk 'NF' | wc -l | tr -d ' ')"
