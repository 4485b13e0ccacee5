case $line$startsWith in *'
'*) fail "A line is one line." ;; esac
[ -f "$path" ] || fail "There is no file $path."
new=$path.opsc.$$
trap 'rm -f -- "$new"' EXIT
export line startsWith present
(umask 077 && awk '
  BEGIN { line = ENVIRON["line"]; start = ENVIRON["startsWith"]; present = ENVIRON["present"] == "true" }
  { text[NR] = $0; if (start != "" ? index($0, start) == 1 : $0 == line) last = NR; if ($0 == line) same = NR }
  END {
    for (n = 1; n <= NR; n++) {
      if (!present && text[n] == line) continue
      print present && !same && n == last ? line : text[n]
    }
    if (present && !same && !last) print line
  }' "$path" >"$new") || fail "$path cannot be read."
if ! cmp -s "$path" "$new"; then
  replace() { cat "$new" >"$path"; }
  change replace
fi
output changed "$changed"
