case $host in -*) fail "$host is no host." ;; esac
try() {
  if command -v bash >/dev/null 2>&1 && command -v timeout >/dev/null 2>&1; then
    timeout 5 bash -c 'exec 3<>"/dev/tcp/$1/$2"' bash "$host" "$port" 2>/dev/null
  else
    need nc
    nc -z -w 5 "$host" "$port" >/dev/null 2>&1
  fi
}
left=$timeoutSeconds
until try; do
  [ "$left" -gt 0 ] || fail "Nothing answers at $host on port $port."
  sleep 1
  left=$((left - 1))
done
output open true
