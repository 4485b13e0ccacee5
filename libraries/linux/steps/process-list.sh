case $sortBy in cpu) column=%cpu ;; *) column=%mem ;; esac
list=$(ps -e -o pid= -o user= -o %cpu= -o %mem= -o comm= | awk -v name="$name" 'name == "" || $5 == name' |
  sort -rn -k "$([ "$column" = %cpu ] && echo 3 || echo 4)" | head -n "$limit")
printf '%s\n' "$list"
output count "$(printf '%s\n' "$list" | awk 'NF' | wc -l | tr -d ' ')"
output ids "$(printf '%s\n' "$list" | awk 'NF { print $1 }' | json_list)"
