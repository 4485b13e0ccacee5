need groupadd
getent group "$group" >/dev/null || change groupadd -- "$group"
output groupId "$(getent group "$group" | cut -d : -f 3 | grep . || echo -1)"
output changed "$changed"
