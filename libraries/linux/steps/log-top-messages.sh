[ -f "$path" ] || fail "There is no file $path."
top=$(tail -n "$lines" -- "$path" | sed -E 's/[0-9]+/N/g' | sort | uniq -c | sort -rn | head -n "$limit")
printf '%s\n' "$top"
output messages "$(printf '%s\n' "$top" | sed -E 's/^ *[0-9]+ //' | awk 'NF' | json_list)"
