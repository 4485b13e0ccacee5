[ ! -e "$path" ] || [ -d "$path" ] || fail "$path is no folder."
[ -d "$path" ] || change mkdir -p -- "$path"
if [ -d "$path" ]; then
  if [ -n "$mode" ] && [ "$(stat -c %a "$path")" != "${mode#0}" ]; then change chmod -- "$mode" "$path"; fi
  if [ -n "$owner" ] && [ "$(stat -c %U "$path")" != "$owner" ]; then change chown -- "$owner" "$path"; fi
fi
output changed "$changed"
