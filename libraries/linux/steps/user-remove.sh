need userdel
[ "$user" != root ] || fail "root is not removed."
if id -u -- "$user" >/dev/null 2>&1; then
  if is "$removeHome"; then change userdel -r -- "$user"; else change userdel -- "$user"; fi
fi
output changed "$changed"
