# Trees: what stands at a path as a whole, be it a file or a directory. Nothing here follows a symbolic link.

# is_there PATH : a link to nowhere is there too.
is_there() {
  [ -e "$1" ] || [ -h "$1" ]
}

# tree_rows DIR NAME [TARGET] : what stands at DIR/NAME, as lines `d|f|l<TAB>MODE<TAB>CONTENT<TAB>PATH<TAB>OWNER` in the order of
# their paths, which begin with TARGET instead of NAME; nothing where nothing stands there. CONTENT: the hash of a file, where a
# link leads. Fails where it cannot be read as a whole, or has more than files, directories and links.
tree_rows() (
  cd "$1" || exit 1
  is_there "./$2" || exit 0
  [ -z "$(find "./$2" -name '*[[:cntrl:]]*' | head -n 1)" ] || exit 1
  # shellcheck disable=SC2016 # for the inner shell
  rows_found=$({
    find "./$2" -type f -exec sha256sum {} + && echo '=' &&
      find "./$2" -type l -exec sh -c 'for link; do printf "%s\t%s\n" "$link" "$(readlink "$link")"; done' sh {} + && echo '=' &&
      find "./$2" -exec stat -c "%f$TAB%a$TAB%u$TAB%n" {} + && echo '='
  } | ROWS_AT=./$2 ROWS_TARGET=${3-$2} awk -F '\t' -v OFS='\t' '
    BEGIN { at = length(ENVIRON["ROWS_AT"]); target = ENVIRON["ROWS_TARGET"]; kinds["8"] = "f"; kinds["4"] = "d"; kinds["a"] = "l" }
    $0 == "=" { part++; next }
    !part { escaped = sub(/^\\/, ""); path = substr($0, 67); if (escaped) gsub(/\\\\/, "\\", path); content[path] = substr($0, 1, 64); next }
    part == 1 { if (NF != 2) odd = 1; content[$1] = $2; next }
    {
      kind = kinds[substr($1, 1, length($1) - 3)]
      if (NF != 4 || kind == "" || kind != "d" && !($4 in content)) odd = 1
      print kind, (kind == "l" ? "-" : $2), (kind == "d" ? "-" : content[$4]), target substr($4, at + 1), $3
    }
    END { exit odd || part != 3 }') || exit 1
  printf '%s\n' "$rows_found" | sort -t "$TAB" -k 4,4
)

# tree_hash DIR NAME [TARGET] : of these lines; `absent` where nothing stands there.
tree_hash() {
  is_there "$1/$2" || {
    echo absent
    return
  }
  hash_rows=$(tree_rows "$@") && printf '%s\n' "$hash_rows" | sha256sum | cut -d ' ' -f 1
}

# put_at NEW PATH ASIDE : NEW, on the same file system, takes the place of what stands at PATH, which goes to ASIDE. A file takes
# the place of a file in one step; of a directory the place is empty for a moment.
put_at() {
  if [ -f "$1" ] && [ ! -h "$1" ] && [ -f "$2" ] && [ ! -h "$2" ]; then
    # The same file, for whoever has mounted it.
    ln "$2" "$3" 2>/dev/null || cp -a "$2" "$3" || return
  elif is_there "$2"; then
    # What another account made there can be renamed, and not moved to another directory.
    mv "$2" "$3" 2>/dev/null || mv "$2" "$2.closed-loop-$$" || return
  fi
  # Into a directory it would go.
  [ ! -d "$2" ] && mv -f "$1" "$2"
}

# remove_tree PATH… : also what its owner may not write to.
remove_tree() {
  for remove_path in "$@"; do
    rm -rf "$remove_path" 2>/dev/null || {
      find "$remove_path" -type d -exec chmod u+rwx {} \; 2>/dev/null
      rm -rf "$remove_path"
    }
  done
}

# in_batches COMMAND : lines `KEY<TAB>PATH` from stdin, sorted: COMMAND KEY ./PATH… for as many at once as a call may have.
in_batches() {
  batch_command=$1 batch_key=
  set --
  while IFS=$TAB read -r batch_next batch_path; do
    if [ "$batch_next" != "$batch_key" ] || [ "$#" -ge 200 ]; then
      [ "$#" = 0 ] || "$batch_command" "$batch_key" "$@" || return
      set --
      batch_key=$batch_next
    fi
    set -- "$@" "./$batch_path"
  done
  [ "$#" = 0 ] || "$batch_command" "$batch_key" "$@"
}
