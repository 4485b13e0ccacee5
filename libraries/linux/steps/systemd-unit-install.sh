case $unit in */* | .*) fail "$unit is not the name of a unit file." ;; esac
need_systemd
file=/etc/systemd/system/$unit
if [ "$(cat "$file" 2>/dev/null && echo .)" != "$content
." ]; then
  write() { umask 022 && printf '%s\n' "$content" >"$file.new" && mv -f "$file.new" "$file" && systemctl daemon-reload; }
  change write
fi
output changed "$changed"
