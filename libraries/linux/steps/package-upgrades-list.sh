manager=$(manager) || exit 1
case $manager in
  apt-get) upgrades=$(apt-get -s -q upgrade 2>/dev/null | sed -n 's/^Inst \([^ ]*\) .*/\1/p') ;;
  dnf | yum) upgrades=$("$manager" -q check-update 2>/dev/null | awk 'NF == 3 { print $1 }') ;;
  zypper) upgrades=$(zypper -q list-updates 2>/dev/null | awk -F '|' 'NR > 2 { gsub(/ /, "", $3); print $3 }') ;;
  apk) upgrades=$(apk version -l '<' 2>/dev/null | awk 'NR > 1 { print $1 }') ;;
  pacman) upgrades=$(pacman -Qu 2>/dev/null | cut -d ' ' -f 1) ;;
esac
output packages "$(printf '%s\n' "$upgrades" | awk 'NF' | json_list)"
output count "$(printf '%s\n' "$upgrades" | awk 'NF' | wc -l | tr -d ' ')"
