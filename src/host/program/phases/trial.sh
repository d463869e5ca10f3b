# The trial (a job): `preflight-command` in the new image of the gate service, beside what serves, before the boundary. For
# Compose it is a service of a file of ours, so that nothing of the project is read anew, moved or replaced.

# job_trial SECONDS : once. Fact `exited CODE`, unless the command did not begin, or did not end in time.
job_trial() {
  trap end_trial EXIT
  trap 'exit 143' TERM INT HUP
  # A try before this one.
  end_trial
  # Of a try before this one something may be left that this account cannot remove.
  trial_dir=$TX_DIR/trial
  while is_there "$trial_dir"; do trial_dir=$trial_dir+; done
  apply_copy=$trial_dir/env
  # A copy: what the command writes there must not come into service.
  mkdir "$trial_dir" && { [ -z "$RELEASE_DIR" ] || cp -a "$RELEASE_DIR/tree" "$trial_dir"; } && edit_copy && trial_file >"$trial_dir/compose.yml" || return 1
  PROJECT_DIRECTORY=$(dirname "$(compose_path "${COMPOSE_FILES%%"$NEWLINE"*}")")
  COMPOSE_FILES=$trial_dir/compose.yml
  # Without `--rm`: Docker is asked how it ended, because Compose has the code 1 for failures of its own, too.
  compose "$apply_copy" "$1" run --no-deps -T --label "$RUN_MARK=$TX" --entrypoint sh "$GATE" -c "$(plan_values preflight_command)" >&2
  trial_end=$(docker_read inspect --type container --format '{{.State.Status}} {{.State.ExitCode}}' "$(marked_runs)") || return 1
  case $trial_end in exited*) fact exited "${trial_end#* }" ;; *) return 1 ;; esac
}

# end_trial : its container goes, and so do the networks of a project that had none.
end_trial() {
  remove_marked
  [ -d "$TX_DIR/trial" ] || return 0
  remove_new_networks
  remove_tree "$TX_DIR"/trial*
}

# trial_file : what Compose makes of the project for the release, with the image of the gate service by ID.
trial_file() {
  trial_id=$(wanted_images "$apply_facts" "$GATE" | cut -f 2)
  [ -n "$trial_id" ] || return 1
  trial_yaml=$(as_released compose "$apply_copy" "$READ_SECONDS" config) && trial_networks=$(docker_read network ls --format '{{.Name}}') &&
    trial_volumes=$(docker_read volume ls --format '{{.Name}}') || return 1
  {
    printf '%s\n=\n' "$CHECK_OLD"
    wanted_env
    printf '=\n'
    printf '%s\n' "$trial_networks" | sed '/./!d; s/^/networks:/'
    printf '%s\n' "$trial_volumes" | sed '/./!d; s/^/volumes:/'
    [ -z "$RELEASE_DIR" ] || plan_values file | sed "s#^#file:$PROJECT_DIR/#"
    printf '=\n%s\n' "$trial_yaml"
  } | GATE=$GATE IMAGE=$trial_id PROJECT_DIR=$PROJECT_DIR TREE=$trial_dir/tree awk "$TRIAL_FILE"
}

# Networks and volumes that are there are named as somebody else's: Compose would make one anew that the files say otherwise. An
# `env_file` is read from the disk, where the edited one is not yet: a service that has every value of the env file has the
# managed ones by it, and gets the new ones; not where its own `environment` gives it something else. A mount of a file of the
# release, or of what lies in one, is of the release's tree; a mount of what such a file lies in is not.
# shellcheck disable=SC2016 # an awk program
TRIAL_FILE='
function plain(text) {
  if (text ~ /^\047.*\047$/) {
    text = substr(text, 2, length(text) - 2)
    gsub(/\047\047/, "\047", text)
  } else if (text ~ /^".*"$/) text = substr(text, 2, length(text) - 2)
  return text
}
function quoted(text) {
  gsub(/\047/, "\047\047", text)
  gsub(/[$]/, "$$", text)
  return "\047" text "\047"
}
# at LINE : sets top, entry (two blanks), key (four) and name (six) by what stands there, and value.
function at(line,    depth, word) {
  match(line, /^ */)
  depth = RLENGTH
  word = substr(line, depth + 1)
  value = match(word, /: /) ? substr(word, RSTART + 2) : ""
  sub(/:( .*)?$/, "", word)
  word = plain(word)
  if (depth == 0) { top = word; entry = key = name = "" }
  if (depth == 2) { entry = word; key = name = "" }
  if (depth == 4) { key = word; name = "" }
  if (depth == 6) name = word
  return depth
}
function placed(text,    head, path, item) {
  if (!match(text, /^ +(source|file): /)) return text
  head = substr(text, 1, RLENGTH)
  path = plain(substr(text, RLENGTH + 1))
  for (item in there) if (sub(/^file:/, "", item) && index(path "/", item "/") == 1) {
    path = ENVIRON["TREE"] substr(path, length(ENVIRON["PROJECT_DIR"]) + 1)
    gsub(/\047/, "\047\047", path)
    return head "\047" path "\047"
  }
  return text
}
function of_gate() { return top == "services" && entry == ENVIRON["GATE"] }
$0 == "=" && part < 3 { part++; next }
part == 0 && $0 != "" {
  cut = index($0, ": ")
  text = plain(substr($0, cut + 2))
  if (text != "[]") old[substr($0, 3, cut - 3)] = substr(text, 2, length(text) - 2)
  next
}
part == 1 { cut = index($0, "\t"); wanted[substr($0, 1, cut - 1)] = substr($0, cut + 1); next }
part == 2 { there[$0]; next }
part == 3 {
  line[++lines] = $0
  depth = at($0)
  if (of_gate() && key == "environment" && depth == 6) now[name] = plain(value)
  if (depth == 4 && key == "name") called[top, entry] = plain(value)
}
END {
  for (known in old) if (known in now) has = 1; else lacks = 1
  for (i = 1; i <= lines; i++) {
    depth = at(line[i])
    if (of_gate() && depth == 4 && key ~ /^(image|pull_policy)$/) continue
    if (of_gate() && depth == 6 && key == "environment" && name in wanted && now[name] == old[name]) continue
    if (depth >= 4 && (top ":" called[top, entry]) in there) continue
    print placed(line[i])
    if (of_gate() && depth == 2) print "    image: " ENVIRON["IMAGE"] "\n    pull_policy: never"
    if (depth == 2 && (top ":" called[top, entry]) in there) print "    name: " quoted(called[top, entry]) "\n    external: true"
    if (of_gate() && depth == 4 && key == "environment")
      for (known in wanted) if (known in now ? now[known] == old[known] : has && !lacks) print "      " known ": " quoted(wanted[known])
  }
}
'
