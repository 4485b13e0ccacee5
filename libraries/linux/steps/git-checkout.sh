need git
case $repository$revision in -*) fail "That is no repository." ;; esac
case $revision in -*) fail "$revision is no revision." ;; esac
GIT_TERMINAL_PROMPT=0
export GIT_TERMINAL_PROMPT
before=
if [ -d "$folder/.git" ]; then
  before=$(git -C "$folder" rev-parse HEAD 2>/dev/null)
  [ -z "$(git -C "$folder" status --porcelain)" ] || fail "$folder has local changes."
  is "$check" || git -C "$folder" fetch -q --tags --prune origin >&2 || fail "$repository cannot be fetched."
elif is "$check"; then
  changed=true
else
  git clone -q --no-checkout -- "$repository" "$folder" >&2 || fail "$repository cannot be cloned."
fi
if ! is "$check"; then
  commit=$(git -C "$folder" rev-parse -q --verify "refs/remotes/origin/$revision^{commit}" || git -C "$folder" rev-parse -q --verify "$revision^{commit}") ||
    fail "The repository has no $revision."
  git -C "$folder" -c advice.detachedHead=false checkout -q --detach "$commit" >&2 || fail "$revision cannot be checked out."
  [ "$commit" = "$before" ] || changed=true
fi
output commit "$(git -C "$folder" rev-parse HEAD 2>/dev/null)"
output changed "$changed"
