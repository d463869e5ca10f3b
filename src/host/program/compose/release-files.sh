# The files of a release: what they would change, how they come onto the host, and the project as they make it.
#
# RELEASE_DIR has manifest (lines `d|f|l<TAB>MODE<TAB>CONTENT<TAB>PATH` by path, as tree_rows gives them), tree/ with the files,
# view/ (make_view). It is incoming/TOKEN until a transaction takes it, and then that one's release/.

RELEASE_DIR=

# use_release TOKEN
use_release() {
  case $1 in '' | *[!a-z0-9]*) return "$USAGE_CODE" ;; esac
  RELEASE_DIR=$SCRATCH_DIR/incoming/$1
}

# rows_in DIR : what stands there where the release has files.
rows_in() {
  plan_values file | while IFS= read -r rows_target; do tree_rows "$1" "$rows_target" || exit 1; done
}

# compare_release ROWS : lines `lacks N` for a line of the manifest whose bytes are not in ROWS at that path, `changed PATH` for
# what is added, removed or different, `entry TARGET new|changed|same`.
compare_release() {
  { cat "$RELEASE_DIR/manifest"; printf '=\n%s\n=\n' "$1"; plan_values file; } | awk -F '\t' -v OFS='\t' '
    function differs(path) {
      print "changed", path
      while (!(path in state) && sub(/\/[^\/]*$/, "", path)) continue
      if (state[path] == "same") state[path] = "changed"
    }
    $0 == "=" { part++; next }
    $0 == "" { next }
    !part { path[++rows] = $4; wanted[$4] = $1 OFS $2 OFS $3; if ($1 == "f") bytes[$4] = $3; next }
    part == 1 { now[$4] = $1 OFS $2 OFS $3; if ($1 == "f") has[$4] = $3; next }
    { target[++targets] = $0; state[$0] = ($0 in now) ? "same" : "new" }
    END {
      for (i = 1; i <= rows; i++) {
        if (path[i] in bytes && bytes[path[i]] != has[path[i]]) print "lacks", i
        if (wanted[path[i]] != now[path[i]]) differs(path[i])
      }
      for (one in now) if (!(one in wanted)) differs(one)
      for (i = 1; i <= targets; i++) print "entry", target[i], state[target[i]]
    }'
}

# stage_release SHA256 : unpacks the archive of that hash (none where it is empty), adds what the project has already, and proves
# that the tree is the manifest, and nothing more.
stage_release() {
  [ ! -d "$RELEASE_DIR/tree" ] || return 0
  stage_tree=$RELEASE_DIR/tree.new
  remove_tree "$stage_tree"
  mkdir "$stage_tree" || return 1
  if [ -n "$1" ]; then
    [ "$(hash_of "$RELEASE_DIR/archive")" = "$1" ] || {
      echo "the files of the release arrived damaged" >&2
      return 1
    }
    tar -xof "$RELEASE_DIR/archive" -C "$stage_tree" && rm -f "$RELEASE_DIR/archive" || return 1
  fi
  if fill_tree && tree_is_whole; then
    mv "$stage_tree" "$RELEASE_DIR/tree"
  else
    remove_tree "$stage_tree"
    echo "the files of the release are not whole on this host: somebody edited the project's files meanwhile, or the disk is full" >&2
    return 1
  fi
}

# fill_tree : beside what was unpacked: directories, the files that the project has, links, and all modes (with zeros before: a
# directory may have inherited more than them).
fill_tree() {
  {
    plan_values file | awk 'sub(/\/[^\/]*$/, "") { print "d\t" $0 }'
    awk -F '\t' '$1 == "d" { print "d\t" $4 }' "$RELEASE_DIR/manifest"
  } | in_tree make_directories || return 1
  while IFS=$TAB read -r fill_kind _ _ fill_path; do
    [ "$fill_kind" != f ] || [ -f "$stage_tree/$fill_path" ] || case $fill_path in
    */*) printf '%s\t%s\n' "${fill_path%/*}" "$fill_path" ;;
    *) printf '.\t%s\n' "$fill_path" ;;
    esac
  done <"$RELEASE_DIR/manifest" | sort | (cd "$PROJECT_DIR" && in_batches copy_files) || return 1
  while IFS=$TAB read -r fill_kind _ fill_link fill_path; do
    [ "$fill_kind" != l ] || ln -s -- "$fill_link" "$stage_tree/$fill_path" || return 1
  done <"$RELEASE_DIR/manifest"
  awk -F '\t' -v OFS='\t' '$1 != "l" { print "00" $2, $4 }' "$RELEASE_DIR/manifest" | sort | in_tree chmod
}

# in_tree COMMAND
in_tree() {
  (cd "$stage_tree" && in_batches "$1")
}

make_directories() {
  shift
  mkdir -p "$@"
}

# copy_files DIR ./PATH… : of the project, into that directory of the tree.
copy_files() {
  copy_into=$stage_tree/$1
  shift
  cp -p "$@" "$copy_into"
}

tree_is_whole() {
  whole_rows=$(rows_in "$stage_tree") && whole_rows=$(printf '%s\n' "$whole_rows" | cut -f 1-4 | sort -t "$TAB" -k 4,4) &&
    [ "$whole_rows" = "$(cat "$RELEASE_DIR/manifest")" ] &&
    [ "$(find "$stage_tree" ! -type d | wc -l)" -eq "$(grep -c '^[fl]' "$RELEASE_DIR/manifest")" ]
}

# make_view [ENV_FILE] : the file system as it will be, as far as a path of the project can reach: the project's directory, and each above
# it, are real ones with links to what is there, so that Compose resolves `..` as it will. The release's files lead to the tree.
# ENV_FILE: what stands there for the project's. It has nothing but directories and links; `rm -rf` follows none.
make_view() {
  view_root=$RELEASE_DIR/view
  remove_tree "$view_root"
  mkdir -p "$view_root$PROJECT_DIR" || return 1
  [ -z "${1-}" ] || { mkdir -p "$(dirname "$view_root$ENV_ABSOLUTE")" && ln -s "$1" "$view_root$ENV_ABSOLUTE"; } || return 1
  plan_values file | while IFS= read -r view_target; do
    view_at=$view_root$PROJECT_DIR/$view_target
    mkdir -p "${view_at%/*}" && ln -s "$RELEASE_DIR/tree/$view_target" "$view_at" || exit 1
  done || return 1
  find "$view_root" -type d | while IFS= read -r view_dir; do
    view_real=${view_dir#"$view_root"}
    set --
    for view_item in "$view_real"/* "$view_real"/.[!.]* "$view_real"/..?*; do
      if is_there "$view_item" && ! is_there "$view_root$view_item" && [ "$view_item" != "$STATE_DIR" ]; then set -- "$@" "$view_item"; fi
    done
    [ "$#" = 0 ] || ln -s "$@" "$view_dir" || exit 1
  done
}

# as_released COMMAND… : with the project's files as the release makes them. What is printed names the paths that they will have.
as_released() {
  [ -n "$RELEASE_DIR" ] || {
    "$@"
    return
  }
  COMPOSE_ROOT=$RELEASE_DIR/view
  released_out=$("$@")
  released_code=$?
  COMPOSE_ROOT=
  [ -z "$released_out" ] || printf '%s\n' "$released_out" | VIEWS="$RELEASE_DIR/view$NEWLINE$(cd "$RELEASE_DIR/view" && pwd -P)" awk '
    BEGIN { n = split(ENVIRON["VIEWS"], view, "\n") }
    {
      for (i = 1; i <= n; i++) while (view[i] != "" && (at = index($0, view[i]))) $0 = substr($0, 1, at - 1) substr($0, at + length(view[i]))
      print
    }'
  return "$released_code"
}

# config_changes OLD NEW : of what Compose prints, lines `reconfigured SERVICE added|removed|changed`, `redefined KIND NAME
# added|removed|changed`. A service that uses a config or secret which changes is another one too.
config_changes() {
  printf '%s\n=\n%s\n' "$1" "$2" | awk -v OFS='\t' '
    function change(key) { return !(key in old) ? "added" : !(key in new) ? "removed" : old[key] != new[key] ? "changed" : "" }
    function uses(text,    given) {
      for (given in moved) if (index(text, "source: " given "\n")) return 1
      return 0
    }
    $0 == "=" { second = 1; section = key = ""; next }
    /^[^ #]/ { section = $1; key = ""; next }
    section !~ /^(services|networks|volumes|configs|secrets):$/ { next }
    /^  [^ ]/ { key = $1; gsub(/[":\047]/, "", key); key = section key; keys[key] }
    second { new[key] = new[key] $0 "\n"; next }
    { old[key] = old[key] $0 "\n" }
    END {
      for (key in keys) {
        name = substr(key, index(key, ":") + 1)
        kind = substr(key, 1, index(key, ":") - 2)
        if (kind == "service" || (what = change(key)) == "") continue
        print "redefined", kind, name, what
        if (kind ~ /^(config|secret)$/) moved[name]
      }
      for (key in keys) {
        if (key !~ /^services:/) continue
        what = change(key)
        if (what == "" && uses(new[key])) what = "changed"
        if (what != "") print "reconfigured", substr(key, index(key, ":") + 1), what
      }
    }'
}
