need docker
docker info >/dev/null 2>&1 || fail "Docker does not run on this host, or this account may not use it."

set -- ps -a --format '{{.Names}}'
[ -z "$state" ] || set -- "$@" --filter "status=$state"
names=$(docker "$@") || fail "Docker gives no list."
output containers "$(printf '%s\n' "$names" | awk 'NF' | json_list)"
output count "$(printf '%s\n' "$names" | awk 'NF' | wc -l | tr -d ' ')"
