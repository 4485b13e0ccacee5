need sha256sum
[ -f "$path" ] || fail "There is no file $path."
sum=$(sha256sum <"$path" | cut -c 1-64)
[ -z "$expected" ] || [ "$sum" = "$expected" ] || fail "$path has the SHA-256 $sum, not $expected."
output sha256 "$sum"
