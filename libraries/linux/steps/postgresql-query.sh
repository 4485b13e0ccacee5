need psql
PGPASSWORD=$password PGCONNECT_TIMEOUT=10
export PGPASSWORD PGCONNECT_TIMEOUT
rows=$(printf '%s\n' "$query" | psql -X -q -A -t -v ON_ERROR_STOP=1 -h "$host" -p "$port" -U "$user" -d "$database") || fail "The statement failed."
printf '%s\n' "$rows"
output value "$(printf '%s\n' "$rows" | head -n 1 | cut -d '|' -f 1)"
output rows "$(printf '%s\n' "$rows" | awk 'NF' | wc -l | tr -d ' ')"
