manager=$(manager) || exit 1
todo=$(for package in $packages; do [ -z "$(package_version "$package")" ] && echo "$package"; done)
if [ -n "$todo" ]; then
  set -- $todo
  case $manager in
    apt-get) change env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends -- "$@" ;;
    dnf) change dnf install -y -q -- "$@" ;;
    yum) change yum install -y -q -- "$@" ;;
    zypper) change zypper --non-interactive install -- "$@" ;;
    apk) change apk add -- "$@" ;;
    pacman) change pacman -S --noconfirm --needed -- "$@" ;;
  esac
fi
output packages "$(printf '%s' "$todo" | awk 'NF' | json_list)"
output changed "$changed"
