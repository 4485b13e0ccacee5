[ -d "$folder" ] || fail "There is no folder $folder."
set -- "$folder" -xdev -type f -name "$name"
[ -z "$olderThanDays" ] || set -- "$@" -mtime "+$olderThanDays"
[ -z "$largerThanKilobytes" ] || set -- "$@" -size "+${largerThanKilobytes}k"
found=$(find "$@" 2>/dev/null | head -n "$limit")
output files "$(printf '%s\n' "$found" | awk 'NF' | json_list)"
output count "$(printf '%s\n' "$found" | awk 'NF' | wc -l | tr -d ' ')"
