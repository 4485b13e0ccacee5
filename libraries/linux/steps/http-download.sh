need curl sha256sum
sum() { sha256sum <"$1" | cut -c 1-64; }
if [ ! -f "$path" ] || [ -z "$sha256" ] || [ "$(sum "$path")" != "$sha256" ]; then
  fetch() {
    trap 'rm -f -- "$path.opsc.$$"' EXIT
    curl -fsS -L --proto =http,https --proto-redir =http,https --max-redirs 5 --max-time "$timeoutSeconds" -o "$path.opsc.$$" -- "$url" || return
    [ -z "$sha256" ] || [ "$(sum "$path.opsc.$$")" = "$sha256" ] || fail "The file has another checksum."
    mv -f -- "$path.opsc.$$" "$path"
  }
  change fetch
fi
if [ -f "$path" ]; then output sha256 "$(sum "$path")"; else output sha256 ''; fi
output changed "$changed"
