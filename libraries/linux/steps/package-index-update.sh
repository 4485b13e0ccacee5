manager=$(manager) || exit 1
case $manager in
  apt-get) change apt-get update -q ;;
  dnf) change dnf makecache -q ;;
  yum) change yum makecache -q ;;
  zypper) change zypper --non-interactive refresh ;;
  apk) change apk update ;;
  pacman) change pacman -Sy --noconfirm ;;
esac
output changed "$changed"
