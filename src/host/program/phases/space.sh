# Disk: what is free, and what a registry says of an image. Facts only: the client adds up and judges (src/preflight/space.ts).

# verb_space ID : facts `platform OS/ARCH`, `data_root` (tell_data_root), `project_disk FREE_KIBIBYTES DEVICE SNAPSHOT_KIBIBYTES`, `insecure REGISTRY` for those that Docker takes
# without TLS, `here REPOSITORY@DIGEST` for images of the snapshot that came from a repository of the plan.
verb_space() {
  fenced "$1" || return
  keeping_lock tell_space
}

tell_space() {
  fact platform "$(docker_read version --format '{{.Server.Os}}/{{.Server.Arch}}' 2>/dev/null)"
  tell_data_root
  # shellcheck disable=SC2086
  space_disk=$(disk_of "$PROJECT_DIR") && fact project_disk $space_disk "$(du -sk "$TX_DIR/snapshot" | cut -f 1)"
  # shellcheck disable=SC2016 # a Go template
  docker_read info --format '{{range $name, $index := .RegistryConfig.IndexConfigs}}{{if not $index.Secure}}{{println $name}}{{end}}{{end}}' 2>/dev/null |
    sed "/./!d; s/^/fact${TAB}insecure$TAB/"
  own_digests "$(wanted_references)" <"$TX_DIR/snapshot/digests" | cut -f 2 | sort -u | sed "s/^/fact${TAB}here$TAB/"
}

# verb_manifest ID REFERENCE [--insecure] : as the registry has it, or why not, as text. The login comes on stdin, as for prefetch.
verb_manifest() {
  fenced "$1" || return
  shift
  keeping_lock told_manifest "$@"
}

told_manifest() (
  trap 'rm -rf "$TX_DIR/docker-config"' EXIT
  pull_config || exit
  manifest_reference=$1
  shift
  manifest_said=$(with_login timeout "$MANIFEST_SECONDS" docker manifest inspect "$@" "$manifest_reference" 2>&1)
  manifest_code=$?
  printf '%s\n' "$manifest_said" | as_text
  return "$manifest_code"
)
MANIFEST_SECONDS=15
