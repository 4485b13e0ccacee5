[ ! -d "$path" ] || fail "$path is a folder."
new=$path.opsc.$$
trap 'rm -f -- "$new"' EXIT
write() {
  (umask 077 && printf '%s' "$content" >"$new") || return
  if [ -e "$path" ]; then chmod "$(stat -c %a "$path")" "$new" && chown "$(stat -c %u:%g "$path")" "$new" || return; else chmod 644 "$new"; fi
  if is "$backup" && [ -e "$path" ]; then cp -p -- "$path" "$path.bak" || return; fi
  mv -f -- "$new" "$path"
}
[ "$(cat -- "$path" 2>/dev/null && echo .)" = "$content." ] || change write
if [ -e "$path" ]; then
  if [ -n "$mode" ] && [ "$(stat -c %a "$path")" != "${mode#0}" ]; then change chmod -- "$mode" "$path"; fi
  if [ -n "$owner" ] && [ "$(stat -c %U:%G "$path")" != "$owner" ] && [ "$(stat -c %U "$path")" != "$owner" ]; then change chown -- "$owner" "$path"; fi
fi
output changed "$changed"
