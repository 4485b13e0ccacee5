need journalctl
set -- journalctl --no-pager -q -n "$lines" -p "$priority"
[ -z "$unit" ] || set -- "$@" -u "$unit"
messages=$("$@") || fail "The journal cannot be read."
printf '%s\n' "$messages"
output count "$(printf '%s\n' "$messages" | awk 'NF' | wc -l | tr -d ' ')"
