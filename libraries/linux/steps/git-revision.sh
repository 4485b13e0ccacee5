need git
git -C "$folder" rev-parse --git-dir >/dev/null 2>&1 || fail "$folder is no working copy."
output commit "$(git -C "$folder" rev-parse HEAD)"
output branch "$(git -C "$folder" symbolic-ref -q --short HEAD)"
[ -z "$(git -C "$folder" status --porcelain)" ] && clean=true || clean=false
output clean "$clean"
