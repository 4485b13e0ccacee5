need openssl
case $host in -*) fail "$host is no host." ;; esac
if [ -n "$path" ]; then
  certificate=$(cat -- "$path") || fail "$path cannot be read."
else
  [ -n "$host" ] || fail "Either a file or a host is needed."
  certificate=$(openssl s_client -connect "$host:$port" -servername "$host" </dev/null 2>/dev/null) || fail "$host does not answer with a certificate."
fi
end=$(printf '%s\n' "$certificate" | openssl x509 -noout -enddate 2>/dev/null | cut -d = -f 2)
[ -n "$end" ] || fail "That is no certificate."
days=$((($(date -d "$end" +%s) - $(date +%s)) / 86400))
output endsAt "$end"
output days "$days"
[ "$days" -ge "$minDays" ] || fail "The certificate ends in $days days."
