need mysql
MYSQL_PWD=$password
export MYSQL_PWD
rows=$(printf '%s\n' "$query" | mysql -N -B --connect-timeout=10 -h "$host" -P "$port" -u "$user" -D "$database") || fail "The statement failed."
printf '%s\n' "$rows"
output value "$(printf '%s\n' "$rows" | head -n 1 | cut -f 1)"
output rows "$(printf '%s\n' "$rows" | awk 'NF' | wc -l | tr -d ' ')"
