clean=$(printf '%s' "$path" | tr -s / | sed 's,/$,,')
case $clean/ in */../* | */./*) fail "$path is not a plain path." ;; esac
case ${clean#/} in '' | bin | boot | dev | etc | home | lib* | opt | proc | root | run | sbin | srv | sys | tmp | usr | var) fail "$path is not removed." ;; esac
if [ -e "$clean" ] || [ -L "$clean" ]; then
  if [ -d "$clean" ] && [ ! -L "$clean" ] && ! is "$recursive"; then fail "$clean is a folder."; fi
  change rm -rf -- "$clean"
fi
output changed "$changed"
