if [ ! -e "$path" ] && [ ! -L "$path" ]; then
  output exists false
  for name in kind owner group mode; do output "$name" ''; done
  output size 0
  output modifiedAt 0
  exit
fi
output exists true
output kind "$(stat -c %F "$path")"
output size "$(stat -c %s "$path")"
output owner "$(stat -c %U "$path")"
output group "$(stat -c %G "$path")"
output mode "$(stat -c %a "$path")"
output modifiedAt "$(stat -c %Y "$path")"
