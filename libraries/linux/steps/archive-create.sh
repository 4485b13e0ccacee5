need tar gzip
[ -d "$folder" ] || fail "There is no folder $folder."
case $path in "$folder"/*) fail "The archive would be in the folder itself." ;; esac
pack() { trap 'rm -f -- "$path.opsc.$$"' EXIT; tar -cz -f "$path.opsc.$$" -C "$folder" . && mv -f -- "$path.opsc.$$" "$path"; }
change pack
if [ -f "$path" ]; then output bytes "$(stat -c %s "$path")"; else output bytes 0; fi
output changed "$changed"
