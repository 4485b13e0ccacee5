[ -d "$folder" ] || fail "There is no folder $folder."
largest=$(find "$folder" -xdev -mindepth 1 -maxdepth 1 -type d -exec du -skx {} + 2>/dev/null | sort -rn | head -n "$limit")
printf '%s\n' "$largest"
output folders "$(printf '%s\n' "$largest" | awk 'NF { sub(/^[0-9]+\t/, ""); print }' | json_list)"
