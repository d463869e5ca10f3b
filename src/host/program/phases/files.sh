# The files of a release before its transaction: compared, staged in incoming/TOKEN, and what preflight tells of them.

# verb_compare_files TOKEN : stdin has the plan, a line `=`, and the manifest. Facts as of compare_release; or findings.
verb_compare_files() {
  compare_plan=
  while IFS= read -r compare_line && [ "$compare_line" != = ]; do compare_plan=$compare_plan$compare_line$NEWLINE; done
  use_plan "$compare_plan"
  use_release "$1" || return
  tools_there && directory_there || return 0
  if ! { mkdir -p "$RELEASE_DIR" && chmod 700 "$SCRATCH_DIR" "$SCRATCH_DIR/incoming"; } 2>/dev/null; then
    finding project-dir-not-writable "$PROJECT_DIR"
    return 0
  fi
  cat >"$RELEASE_DIR/manifest.new" && mv "$RELEASE_DIR/manifest.new" "$RELEASE_DIR/manifest" || return 1
  paths_replaceable && tell_comparison
}

# verb_stage_files TOKEN SHA256 : of the archive that lies there; empty where the project has all that is needed.
verb_stage_files() {
  use_plan "$(cat)"
  use_release "$1" && stage_release "$2"
}

# verb_take_files TOKEN ID : of the release of that transaction, for another one.
verb_take_files() {
  use_plan "$(cat)"
  use_release "$1" || return
  case $2 in *[!a-z0-9]* | '') return "$USAGE_CODE" ;; esac
  stage_tree=$RELEASE_DIR/tree
  take_from=$STATE_DIR/transactions/$2/release
  remove_tree "$RELEASE_DIR"
  { mkdir -p "$RELEASE_DIR" && chmod 700 "$SCRATCH_DIR/incoming" && cp -a "$take_from/manifest" "$take_from/tree" "$RELEASE_DIR" && tree_is_whole; } || {
    echo "the files of the release of transaction $2 are not whole on this host any more" >&2
    return 1
  }
}

# verb_discard_files TOKEN : what no transaction took.
verb_discard_files() {
  use_plan "$(cat)"
  use_release "$1" && remove_tree "$RELEASE_DIR"
}

# tell_comparison : facts `lacks LINE`, `changed PATH`, `entry TARGET new|changed|same KIBIBYTES`, of what a snapshot copies.
tell_comparison() {
  comparison_now=$(rows_in "$PROJECT_DIR") && comparison_now=$(compare_release "$comparison_now") || return 1
  printf '%s\n' "$comparison_now" | while IFS=$TAB read -r tell_fact tell_value tell_state; do
    case $tell_fact:$tell_state in
    entry:changed) fact entry "$tell_value" changed "$(kibibytes_of "$tell_value")" ;;
    entry:*) fact entry "$tell_value" "$tell_state" 0 ;;
    *:*) fact "$tell_fact" "$tell_value" ;;
    esac
  done
}

# kibibytes_of PATH…
kibibytes_of() (
  cd "$PROJECT_DIR" || exit
  for size_path in "$@"; do
    ! is_there "./$size_path" || du -sk "./$size_path" 2>/dev/null
  done | awk '{ size += $1 } END { print size + 0 }'
)

# paths_replaceable : whether all that the plan names can be replaced and restored by renaming; a finding for each that cannot.
paths_replaceable() {
  replaceable_not=$({
    plan_values file | sed "s/^/file$TAB/"
    plan_values state_file | sed "s/^/state$TAB/"
  } | while IFS=$TAB read -r replaced_kind replaced_path; do
    replaced_why=$(irreplaceable "$replaced_kind" "$replaced_path") || finding path-not-replaceable "$PROJECT_DIR/$replaced_path" "${replaced_why%%"$TAB"*}" "${replaced_why#*"$TAB"}"
  done)
  [ -z "$replaceable_not" ] || {
    printf '%s\n' "$replaceable_not"
    return 1
  }
}

# irreplaceable file|state PATH : fails with `REASON<TAB>WHAT` (PATH_REASONS of the client) where it is.
irreplaceable() {
  replaced_real=$(cd "$PROJECT_DIR" && pwd -P) || return
  replaced_at=$replaced_real
  replaced_rest=$2
  while case $replaced_rest in */*) is_there "$replaced_at/${replaced_rest%%/*}" ;; *) false ;; esac do
    replaced_at=$replaced_at/${replaced_rest%%/*}
    replaced_rest=${replaced_rest#*/}
    [ ! -h "$replaced_at" ] || because link "$replaced_at" || return
    [ -d "$replaced_at" ] || because not-a-directory "$replaced_at" || return
  done
  [ -w "$replaced_at" ] || because not-ours "$replaced_at" || return
  replaced_mount=$(mounted_at "$replaced_real/$2" || mounted_at "$replaced_real/.closed-loop")
  [ -z "$replaced_mount" ] || because mount-point "$replaced_mount" || return
  replaced_at=$replaced_real/$2
  is_there "$replaced_at" || return 0
  [ "$1" = file ] || [ ! -h "$replaced_at" ] || because link "$replaced_at" || return
  # Our own directory, which no mount point is, may not be there yet.
  [ "$(stat -c %d "$replaced_at")" = "$(stat -c %d "$replaced_real")" ] || because mount-point "$replaced_at" || return
  first_found special-file ! -type f ! -type d ! -type l && first_found odd-name -name '*[[:cntrl:]]*' || return
  [ "$(id -u)" = 0 ] || first_found not-ours '(' ! -user "$(id -u)" -o ! -type l ! -perm -u+r -o -type d ! -perm -u+wx ')'
}

because() {
  printf '%s\t%s' "$1" "$2"
  return 1
}

# first_found REASON TEST… : fails where find has something.
first_found() {
  found_reason=$1
  shift
  found_first=$(find "$replaced_at" "$@" 2>/dev/null | head -n 1)
  [ -z "$found_first" ] || because "$found_reason" "$found_first"
}

# mounted_at PATH : the mount point that is PATH, or lies below it, or between the project and it; fails where there is none.
mounted_at() {
  MOUNTED=$1 MOUNTED_IN=$replaced_real awk '
    BEGIN { path = ENVIRON["MOUNTED"] "/"; project = ENVIRON["MOUNTED_IN"] "/" }
    {
      gsub(/\\040/, " ", $5)
      gsub(/\\134/, "\\", $5)
      at = $5 "/"
      if (at != project && index(at, project) == 1 && (index(path, at) == 1 || index(at, path) == 1)) { print $5; found = 1; exit }
    }
    END { exit !found }' /proc/self/mountinfo
}

# tell_release : for preflight, with what the release's files make of the project: the view of it, and how they differ now.
tell_release() {
  [ -z "$(plan_values state_file)" ] || fact state_size "$(plan_values state_file | {
    set --
    while IFS= read -r state_path; do set -- "$@" "$state_path"; done
    kibibytes_of "$@"
  })" "$(df -Pk "$PROJECT_DIR" | awk 'NR == 2 { print $4 }')"
  [ -n "$RELEASE_DIR" ] || return 0
  [ -d "$RELEASE_DIR/tree" ] || {
    echo "the files of the release are not on this host any more: deploy again" >&2
    return 1
  }
  make_view && tell_comparison
}

# tell_effects : fact `old_config read|absent|invalid`; where it is read, facts as of config_changes, and `mount SERVICE CONTAINER
# SOURCE` for each path of the host that the project's containers mount.
tell_effects() {
  [ -n "$RELEASE_DIR" ] || return 0
  compose_files_there >/dev/null || {
    fact old_config absent
    return 0
  }
  effects_old=$(compose "$ENV_FILE" "$READ_SECONDS" config 2>/dev/null) || {
    fact old_config invalid
    return 0
  }
  fact old_config read
  effects_new=$(as_released compose "$ENV_FILE" "$READ_SECONDS" config 2>/dev/null) || return 1
  {
    config_changes "$effects_old" "$effects_new"
    effects_ids=$(printf '%s\n' "$containers_now" | awk -F '\t' '$4 != "True" { print $11 }')
    # shellcheck disable=SC2086 # one word per ID
    [ -z "$effects_ids" ] || project_mounts $effects_ids | awk -F '\t' -v OFS='\t' '$5 != "" { print "mount", $1, $2, $5 }'
  } | sed "s/^/fact$TAB/"
}

# tell_planned : for a look: fact `planned SERVICE added|removed|changed` for each of which Compose would make something else than
# now, by its files and variables, the image's reference apart; `sets KEY` for each variable that would get another value.
tell_planned() {
  [ -n "${LOOK_DIR-}" ] && [ -n "$CHECK_FACTS" ] || return 0
  planned_env=$SCRATCH_DIR/env.planned
  edited_env "$ENV_FILE" "$(wanted_env)" >"$planned_env"
  planned_old=$(raw_values "$ENV_FILE")
  raw_values "$planned_env" | grep -Fvx -e "$planned_old" | cut -f 1 | sort -u | sed "s/^/fact${TAB}sets$TAB/"
  planned_old=$(compose "$ENV_FILE" "$READ_SECONDS" config 2>/dev/null)
  RELEASE_DIR=${RELEASE_DIR:-$SCRATCH_DIR/look}
  make_view "$planned_env" && planned_new=$(as_released compose "$planned_env" "$READ_SECONDS" config 2>/dev/null)
  planned_code=$?
  rm -f "$planned_env"
  [ "$planned_code" = 0 ] || return 1
  config_changes "$(printf '%s\n' "$planned_old" | without_images)" "$(printf '%s\n' "$planned_new" | without_images)" |
    sed -n "s/^reconfigured/fact${TAB}planned/p"
}

without_images() {
  sed '/^    image: /d'
}
