need docker
docker info >/dev/null 2>&1 || fail "Docker does not run on this host, or this account may not use it."

before=$(docker image inspect -f '{{.Id}}' -- "$image" 2>/dev/null)
if is "$check"; then
  changed=true
else
  docker pull -q -- "$image" >&2 || fail "$image cannot be pulled."
  [ "$(docker image inspect -f '{{.Id}}' -- "$image")" = "$before" ] || changed=true
fi
output changed "$changed"
