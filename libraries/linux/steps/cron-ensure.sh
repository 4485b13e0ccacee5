[ -d /etc/cron.d ] || fail "This host has no /etc/cron.d."
file=/etc/cron.d/$name
case $command$schedule in *'
'*) fail "A cron job is one line." ;; esac
text="# $name
$schedule $user $command"
write() { (umask 022 && printf '%s\n' "$text" >"$file.opsc~") && mv -f -- "$file.opsc~" "$file"; }
if is "$present"; then
  [ "$(cat "$file" 2>/dev/null)" = "$text" ] || change write
elif [ -e "$file" ]; then
  change rm -f -- "$file"
fi
output changed "$changed"
