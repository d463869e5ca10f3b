# Prefetch (a job): every image that will be needed is on the host before the boundary, and local tags
# mean afterwards what they meant before; the new images wait under tags of ours.

job_prefetch() {
  [ "$(state)" = snapshotted ] || {
    echo "transaction $TX is $(state): somebody else ended it" >&2
    return "$WRONG_STATE_CODE"
  }
  prefetch_new=$TX_DIR/new-images
  : >"$prefetch_new"
  # Whatever ends this job, tags are put back and the credentials are gone.
  trap '[ ! -e "$TX_DIR/tags-moved" ] || undo_pull; rm -rf "$TX_DIR/docker-config"' EXIT
  trap 'exit 143' TERM INT HUP
  pull_config || return
  prefetch_number=0
  for prefetch_reference in $(wanted_references | sort -u); do
    prefetch_managed || return
  done
  doing docker image ls
  list_images || return 1
  for prefetch_reference in $(other_references); do
    [ -z "$(known_id "$prefetch_reference")" ] || continue
    printf '%s\n' "$prefetch_reference" >>"$TX_DIR/pulled"
    pull_image "$prefetch_reference" || return
  done
  rm -rf "$TX_DIR/docker-config" || return 1
  set_state prefetched
}

# prefetch_managed : prefetch_reference, which is pulled always; but where the plan knows its image, and this host has it, an
# earlier release comes back without a registry.
prefetch_managed() {
  prefetch_known=$(plan_values known | awk -F '\t' -v reference="$prefetch_reference" '$1 == reference { print $2 "\t" $3; exit }')
  prefetch_named=${prefetch_known%%"$TAB"*}
  known_here || {
    prefetch_named=${prefetch_known#*"$TAB"}
    [ -n "$prefetch_named" ] || prefetch_named=$prefetch_reference
    printf '%s\n' "$prefetch_named" >>"$TX_DIR/pulled"
    pull_image "$prefetch_named" || return
  }
  doing docker tag "$prefetch_reference"
  prefetch_number=$((prefetch_number + 1))
  prefetch_image=$(docker_read image inspect --format '{{.ID}}{{"\t"}}{{with .Config}}{{with .Labels}}{{with index . "org.opencontainers.image.revision"}}{{.}}{{end}}{{end}}{{end}}' "$prefetch_named") || return 1
  prefetch_id=${prefetch_image%%"$TAB"*}
  case ${prefetch_known%%"$TAB"*} in
  '' | "$prefetch_id") ;;
  *)
    echo "$prefetch_named is not the image that was deployed then" >&2
    fact problem pull_failed "$prefetch_reference"
    return 1
    ;;
  esac
  docker_write tag "$prefetch_id" "closed-loop-new:$TX-$prefetch_number" >&2 || return 1
  printf '%s\t%s\n' "$prefetch_reference" "$prefetch_id" >>"$prefetch_new"
  # Only a later snapshot asks for it.
  image_digests "$prefetch_named" >>"$TX_DIR/new-digests" || :
  undo_pull || return 1
  fact pulled "$prefetch_reference" "$prefetch_id" "${prefetch_image#*"$TAB"}"
}

# known_here : whether the plan knows the image of prefetch_reference, prefetch_named, and this host has it so that apply can
# deploy it: a tag can be moved to it, a digest cannot.
known_here() {
  [ -n "$prefetch_named" ] || return 1
  if is_digest "$prefetch_reference"; then
    [ "$(image_id "$prefetch_reference")" = "$prefetch_named" ]
  else
    image_id "$prefetch_named" >/dev/null
  fi
}

# doing COMMAND… : what comes after this line is about that. By it the client tells the words of what failed from those of
# what went well before.
doing() {
  printf '$ %s\n' "$*" >&2
}

# undo_pull : tags-moved lies there as long as a pull may have moved a tag that was not put back. Fails where one was not:
# the next `up` by anyone would install what it means now.
undo_pull() {
  if undo_rest=$(put_tags_back) && [ -z "$undo_rest" ]; then
    rm -f "$TX_DIR/tags-moved"
  else
    tags_left "$undo_rest"
    return 1
  fi
}

# tags_left REFERENCES : says so of each.
tags_left() {
  printf '%s\n' "$1" | sed '/./!d; s/.*/on this host & does not mean again what it meant before/' >&2
}

# other_references : images of the services that will run, of what they depend on, and of the assessment's
# service, as far as they are not managed. A service that is only built here has nothing to pull.
other_references() {
  other_copy=$TX_DIR/env.prefetch
  edited_env "$ENV_FILE" "$(wanted_env)" >"$other_copy"
  other_facts=$(as_released service_facts "$other_copy" 2>/dev/null)
  rm -f "$other_copy"
  {
    printf '%s\n=\n' "$other_facts"
    wanted_references
    printf '=\n%s\n' "$DEPLOY"
    dependencies "$other_facts" "$DEPLOY"
    printf 'ai-trade-research\n'
  } | awk -F '\t' "$REFERENCES"'
    $0 == "=" { part++; next }
    !part { if ($1 == "service" && $6 != "built") image[$2] = $3; next }
    part == 1 { wanted[canonical($0)] = 1; next }
    image[$0] != "" && !(canonical(image[$0]) in wanted) { print image[$0] }' | sort -u
}

# pull_config : with a registry token, the client sends a whole client configuration on stdin, and it lies in a throw-away
# DOCKER_CONFIG. Nobody logs in, so that no credential helper is asked, which could keep the token. Only `docker pull` may use
# it, because it hides the user's plugins and contexts.
pull_config() {
  [ -n "$(plan_values registry)" ] || return 0
  PULL_HOST=$(docker_read context inspect --format '{{.Endpoints.docker.Host}}' 2>/dev/null)
  { mkdir -p "$TX_DIR/docker-config" && cat >"$TX_DIR/docker-config/config.json"; } || return 1
  [ -s "$TX_DIR/docker-config/config.json" ] || {
    echo "the login to the registry did not arrive on the host" >&2
    return 1
  }
}

pull_image() {
  pull_reference=$1
  : >"$TX_DIR/tags-moved"
  doing docker pull "$pull_reference"
  with_login docker pull "$pull_reference" >&2 || {
    fact problem pull_failed "$pull_reference"
    return 1
  }
}

# with_login COMMAND… : by the throw-away configuration, where there is one.
with_login() {
  [ ! -d "$TX_DIR/docker-config" ] || set -- env "DOCKER_CONFIG=$TX_DIR/docker-config" ${PULL_HOST:+"DOCKER_HOST=$PULL_HOST"} "$@"
  "$@" </dev/null
}
