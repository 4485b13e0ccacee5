need docker
docker info >/dev/null 2>&1 || fail "Docker does not run on this host, or this account may not use it."

docker inspect -- "$container" >/dev/null 2>&1 || fail "There is no container $container."
change docker restart -- "$container"
output changed "$changed"
