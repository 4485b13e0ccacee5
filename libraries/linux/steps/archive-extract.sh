[ -f "$path" ] || fail "There is no file $path."
case $path in
  *.zip) need unzip; list() { unzip -Z1 "$path"; }; unpack() { unzip -q -o "$path" -d "$folder"; } ;;
  *) need tar; list() { tar -tf "$path"; }; unpack() { tar -xf "$path" -C "$folder" --no-same-owner; } ;;
esac
entries=$(list) || fail "$path is no archive."
printf '%s\n' "$entries" | grep -qE '^/|(^|/)\.\.(/|$)' && fail "$path has entries that lead out of the folder."
if [ -z "$creates" ] || [ ! -e "$creates" ]; then
  extract() { mkdir -p -- "$folder" && unpack; }
  change extract
fi
output entries "$(printf '%s\n' "$entries" | awk 'NF' | wc -l | tr -d ' ')"
output changed "$changed"
