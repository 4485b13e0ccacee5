[ -f "$path" ] || fail "There is no file $path."
tail -n "$lines" -- "$path"
output size "$(stat -c %s "$path")"
