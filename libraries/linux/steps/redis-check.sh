need redis-cli
REDISCLI_AUTH=$password
export REDISCLI_AUTH
[ -n "$password" ] || unset REDISCLI_AUTH
[ "$(redis-cli -h "$host" -p "$port" --no-auth-warning PING 2>/dev/null)" = PONG ] || fail "Redis does not answer at $host on port $port."
info() { redis-cli -h "$host" -p "$port" --no-auth-warning INFO | tr -d '\r' | sed -n "s/^$1://p"; }
output version "$(info redis_version)"
output usedBytes "$(info used_memory)"
output clients "$(info connected_clients)"
