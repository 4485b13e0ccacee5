case $host in -*) fail "$host is no name." ;; esac
need getent
addresses=$(getent ahosts -- "$host" 2>/dev/null | awk '{ print $1 }' | sort -u)
[ -n "$addresses" ] || addresses=$(getent hosts "$host" | awk '{ print $1 }' | sort -u)
[ -n "$addresses" ] || fail "$host has no address."
output addresses "$(printf '%s\n' "$addresses" | json_list)"
[ -z "$expected" ] || printf '%s\n' "$addresses" | grep -qxF -- "$expected" || fail "$host is not $expected."
