[ -f "$path" ] || fail "There is no file $path."
new=$path.opsc.$$
trap 'rm -f -- "$new"' EXIT
export search replacement
(umask 077 && awk '
  BEGIN { s = ENVIRON["search"]; r = ENVIRON["replacement"] }
  { out = ""; rest = $0
    while ((at = index(rest, s)) > 0) { out = out substr(rest, 1, at - 1) r; rest = substr(rest, at + length(s)); count++ }
    print out rest }
  END { print count + 0 > "/dev/stderr" }' "$path" >"$new" 2>"$new.count") || fail "$path cannot be read."
count=$(cat "$new.count"); rm -f -- "$new.count"
if [ "$count" -gt 0 ]; then
  replace() { cat "$new" >"$path"; }
  change replace
fi
output count "$count"
output changed "$changed"
