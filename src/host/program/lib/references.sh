# Image references: Docker reads several spellings as one (`app`, `docker.io/library/app:latest`).

# repository(NAME) and canonical(NAME), as Docker reads the reference.
# shellcheck disable=SC2016 # an awk program, not shell
REFERENCES='
function repository(name,    domain) {
  sub(/@.*/, "", name)
  sub(/:[^:\/]*$/, "", name)
  sub(/^(index\.)?docker\.io\//, "", name)
  domain = substr(name, 1, index(name, "/") - 1)
  if (domain == "localhost" || domain ~ /[.:]/ || domain != tolower(domain)) return name
  return "docker.io/" (domain == "" ? "library/" : "") name
}
function canonical(name,    tag) {
  if (match(name, /@.*/)) return repository(name) substr(name, RSTART)
  tag = match(name, /:[^:\/]*$/) ? substr(name, RSTART) : ":latest"
  return repository(name) tag
}
'

# canonical : references from stdin, one a line, each as the one spelling that Docker itself uses for it.
canonical() {
  awk "$REFERENCES"'$0 != "" { print canonical($0) }'
}

# own_digests REFERENCES : of lines `IMAGE_ID<TAB>REPOSITORY@DIGEST` on stdin those of the repositories that the references
# (one a line) name. With the image store of containerd each local tag makes one too, ours included, which no registry has.
own_digests() {
  { printf '%s\n' "$1"; printf '=\n'; cat; } | awk -F '\t' "$REFERENCES"'
    $0 == "=" { second = 1; next }
    !second { if ($0 != "" && $0 !~ /^sha256:/) own[repository($0)] = 1; next }
    $2 !~ /^closed-loop-(hold|new)@/ && (repository($2) in own)'
}
