need curl
body=$(mktemp) || fail "There is no place for a temporary file."
trap 'rm -f -- "$body"' EXIT
answer=$(curl -sS -L --proto =http,https --proto-redir =http,https --max-redirs 5 --max-time "$timeoutSeconds" --max-filesize 10000000 -o "$body" -w '%{http_code} %{time_total}' -- "$url") || fail "$url does not answer."
output status "${answer%% *}"
output seconds "${answer#* }"
[ "${answer%% *}" = "$expectedStatus" ] || fail "$url answers with status ${answer%% *}."
[ -z "$contains" ] || grep -qF -- "$contains" "$body" || fail "The answer does not contain the expected text."
