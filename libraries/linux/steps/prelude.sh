# Before every step: words are split at line ends only, nothing is expanded, and programs speak English.
set -fu
IFS='
'
LC_ALL=C
export LC_ALL
changed=false

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}
is() { [ "$1" = true ]; }
need() {
  for program in "$@"; do
    command -v "$program" >/dev/null 2>&1 || fail "$program is not installed on this host."
  done
}
# Prints an output of the step: one line, whatever the value is.
output() { printf '%s=%s\n' "$1" "$(printf '%s' "$2" | tr '\n\r' '  ')"; }
# Runs what changes the host, unless it is only to be said.
change() {
  changed=true
  if is "${check:-false}"; then
    (IFS=' ' && printf 'would run: %s\n' "$*") >&2
  else
    "$@" >&2 || fail "$1 failed."
  fi
}
# Makes a JSON list of the lines of standard input.
json_list() {
  awk 'BEGIN { printf "[" }
    { gsub(/\\/, "\\\\"); gsub(/"/, "\\\""); gsub(/[\001-\037]/, " "); printf "%s\"%s\"", (NR > 1 ? "," : ""), $0 }
    END { print "]" }'
}
manager() {
  for candidate in apt-get dnf yum zypper apk pacman; do
    command -v "$candidate" >/dev/null 2>&1 && echo "$candidate" && return
  done
  fail "This host has no package manager that is known here."
}
# Prints the version of a package that is installed by `$manager`, and nothing for one that is not.
package_version() {
  case $manager in
    apt-get) dpkg-query -W -f '${db:Status-Status} ${Version}\n' "$1" 2>/dev/null | sed -n 's/^installed //p' | head -n 1 ;;
    dnf | yum | zypper) rpm -q --qf '%{VERSION}-%{RELEASE}\n' "$1" 2>/dev/null | grep -v 'not installed' | head -n 1 ;;
    apk) apk info -e -v "$1" 2>/dev/null | sed "s/^$1-//" ;;
    pacman) pacman -Q "$1" 2>/dev/null | cut -d ' ' -f 2 ;;
  esac
}
need_systemd() {
  need systemctl
  [ -d /run/systemd/system ] || fail "systemd does not run on this host."
}
