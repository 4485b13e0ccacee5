need sqlite3
[ -f "$path" ] || fail "There is no file $path."
rows=$(printf '%s\n' "$query" | sqlite3 -bail -batch -noheader -list "$path") || fail "The statement failed."
printf '%s\n' "$rows"
output value "$(printf '%s\n' "$rows" | head -n 1 | cut -d '|' -f 1)"
output rows "$(printf '%s\n' "$rows" | awk 'NF' | wc -l | tr -d ' ')"
