manager=$(manager) || exit 1
todo=$(for package in $packages; do [ -n "$(package_version "$package")" ] && echo "$package"; done)
if [ -n "$todo" ]; then
  set -- $todo
  case $manager in
    apt-get) change env DEBIAN_FRONTEND=noninteractive apt-get remove -y -q -- "$@" ;;
    dnf) change dnf remove -y -q -- "$@" ;;
    yum) change yum remove -y -q -- "$@" ;;
    zypper) change zypper --non-interactive remove -- "$@" ;;
    apk) change apk del -- "$@" ;;
    pacman) change pacman -R --noconfirm -- "$@" ;;
  esac
fi
output packages "$(printf '%s' "$todo" | awk 'NF' | json_list)"
output changed "$changed"
