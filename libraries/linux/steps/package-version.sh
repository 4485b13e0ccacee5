manager=$(manager) || exit 1
version=$(package_version "$package")
[ -n "$version" ] && installed=true || installed=false
output installed "$installed"
output version "$version"
