need useradd usermod
if ! id -u -- "$user" >/dev/null 2>&1; then
  set -- useradd -m -s "$shell"
  is "$system" && set -- "$@" -r
  change "$@" -- "$user"
elif [ "$(getent passwd "$user" | cut -d : -f 7)" != "$shell" ]; then
  change usermod -s "$shell" -- "$user"
fi
for group in $groups; do
  if ! id -nG -- "$user" 2>/dev/null | tr ' ' '\n' | grep -qxF -- "$group"; then
    is "$check" || getent group "$group" >/dev/null || fail "There is no group $group."
    change usermod -a -G "$group" -- "$user"
  fi
done
output userId "$(id -u -- "$user" 2>/dev/null || echo -1)"
output changed "$changed"
