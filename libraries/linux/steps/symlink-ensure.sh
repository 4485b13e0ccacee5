if [ "$(readlink "$path" 2>/dev/null)" != "$destination" ]; then
  [ -L "$path" ] || [ ! -e "$path" ] || fail "$path is there, and is no symbolic link."
  link() { ln -s -- "$destination" "$path.opsc.$$" && mv -f -T -- "$path.opsc.$$" "$path"; }
  change link
fi
output changed "$changed"
