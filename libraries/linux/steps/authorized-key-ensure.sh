case $key in *'
'*) fail "A key is one line." ;; esac
home=$(getent passwd "$user" | cut -d : -f 6)
[ -n "$home" ] || fail "There is no user $user."
file=$home/.ssh/authorized_keys
blob=$(printf '%s' "$key" | cut -d ' ' -f 2)
there=false
if [ -f "$file" ] && grep -qF -- "$blob" "$file"; then there=true; fi
add() {
  mkdir -p -- "$home/.ssh" && chmod 700 "$home/.ssh" || return
  [ ! -s "$file" ] || [ -z "$(tail -c 1 "$file")" ] || echo >>"$file"
  (umask 077 && printf '%s\n' "$key" >>"$file") && chown "$user:" "$home/.ssh" "$file"
}
drop() { grep -vF -- "$blob" "$file" >"$file.new"; cat "$file.new" >"$file" && rm -f -- "$file.new"; }
if is "$present" && ! is "$there"; then change add; fi
if ! is "$present" && is "$there"; then change drop; fi
output changed "$changed"
