[ -f "$path" ] || fail "There is no file $path."
printf '' | grep -E -e "$pattern" >/dev/null 2>&1
[ $? -le 1 ] || fail "That is no regular expression."
count=$(grep -a -c -E -e "$pattern" -- "$path")
grep -a -E -e "$pattern" -- "$path" | tail -n "$lines"
output count "$count"
[ "$maxCount" -lt 0 ] || [ "$count" -le "$maxCount" ] || fail "$count lines match."
