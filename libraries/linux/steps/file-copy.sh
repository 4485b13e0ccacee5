[ -f "$source" ] || fail "There is no file $source."
[ ! -d "$path" ] || fail "$path is a folder."
cmp -s "$source" "$path" || change cp -p -- "$source" "$path"
output changed "$changed"
