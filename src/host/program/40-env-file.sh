# The env file. Its values never leave the host, so it is read and edited here; what Compose makes of it
# is the only authority, so every edit is read back through Compose before it is put in place.

# Forms that Compose accepts: `K=v`, `K = v`, `K: v`, `export K=v`, indented, CRLF; the last duplicate
# wins; a quoted value may span lines, and what looks like an assignment inside it is none.
# mode=keys prints the keys, mode=raw `KEY<TAB>VALUE` as written; mode=edit prints the file with every
# assignment of a managed key set and missing ones appended. WANTED holds lines `KEY<TAB>VALUE`, or
# `KEY<TAB>raw<TAB>TEXT` for a value to be written as it stands, or `KEY<TAB>absent<TAB>` to take the key out.
# shellcheck disable=SC2016
ENV_FILE_PROGRAM='
function closing(text, quote,    i, c) {
  for (i = 1; i <= length(text); i++) {
    c = substr(text, i, 1)
    if (c == "\\") i++
    else if (c == quote) return i
  }
  return 0
}
function written(value) {
  return value ~ /^[A-Za-z0-9_.\/:@,+-]*$/ ? value : "\047" value "\047"
}
function show(line, cr) {
  if (mode == "edit" && !swallow) printf "%s%s%s", line, cr, (NR == total && !newline_at_end ? "" : "\n")
}
BEGIN {
  n = split(ENVIRON["WANTED"], lines, "\n")
  for (i = 1; i <= n; i++) {
    at = index(lines[i], "\t")
    if (at == 0) continue
    key = substr(lines[i], 1, at - 1)
    value = substr(lines[i], at + 1)
    if (index(value, "raw\t") == 1) { wanted[key] = substr(value, 5); whole[key] = 1 }
    else if (index(value, "absent\t") == 1) absent[key] = wanted[key] = ""
    else wanted[key] = written(value)
    order[++keys] = key
  }
}
{
  line = $0
  cr = ""
  if (sub(/\r$/, "", line)) cr = "\r"
  if (NR == 1) first_cr = cr
  if (open_quote != "") {
    at = closing(line, open_quote)
    if (at > 0) {
      open_quote = ""
      if (swallow) {
        swallow = 0
        if (drop) { drop = 0; next }
        show(edited substr(line, at + 1), cr)
        next
      }
    }
    show(line, cr)
    next
  }
  if (line ~ /^[ \t]*(#|$)/ || !match(line, /^[ \t]*(export[ \t]+)?[A-Za-z_][A-Za-z0-9_.-]*[ \t]*[=:][ \t]*/)) {
    show(line, cr)
    next
  }
  head = substr(line, 1, RLENGTH)
  value = substr(line, RLENGTH + 1)
  key = head
  sub(/[ \t]*[=:][ \t]*$/, "", key)
  sub(/^[ \t]*(export[ \t]+)?/, "", key)
  if (mode == "keys") print key
  if (mode == "raw") print key "\t" value
  quote = substr(value, 1, 1)
  rest = ""
  if (quote == "\"" || quote == "\047") {
    at = closing(substr(value, 2), quote)
    if (at == 0) open_quote = quote
    else rest = substr(value, at + 2)
  } else if (match(value, /[ \t]* #.*$/)) rest = substr(value, RSTART)
  else if (match(value, /[ \t]+$/)) rest = substr(value, RSTART)
  if (key in wanted) {
    seen[key] = 1
    edited = head wanted[key]
    if (key in absent) {
      swallow = drop = (open_quote != "")
      next
    }
    if (open_quote != "") {
      swallow = 1
      next
    }
    show(edited (key in whole ? "" : rest), cr)
    next
  }
  show(line, cr)
}
END {
  if (mode != "edit") exit
  for (i = 1; i <= keys; i++) {
    if (order[i] in seen || order[i] in absent) continue
    if (NR > 0 && !newline_at_end && !appended) printf "%s\n", first_cr
    appended = 1
    printf "%s=%s%s\n", order[i], wanted[order[i]], first_cr
  }
}
'

# env_keys FILE : the keys that are assigned, one a line.
env_keys() {
  awk -v mode=keys "$ENV_FILE_PROGRAM" "$1" | sort -u
}

# raw_values FILE : every assignment as it is written, for this host's eyes only.
raw_values() {
  awk -v mode=raw "$ENV_FILE_PROGRAM" "$1"
}

# edited_env FILE WANTED : the edited file on stdout.
edited_env() {
  edited_newline=1
  [ ! -s "$1" ] || [ "$(tail -c 1 "$1" | tr -d '\n' | wc -c)" -eq 0 ] || edited_newline=0
  WANTED=$2 awk -v mode=edit -v newline_at_end="$edited_newline" -v total="$(awk 'END { print NR }' "$1")" "$ENV_FILE_PROGRAM" "$1"
}

# probe_values FILE KEYS : what Compose makes of the given keys, by its own parser and interpolation: a
# compose file of ours asks for each. One line `P_KEY: '[value]'` a key; a value of several lines is a block.
probe_values() (
  probe_dir=$(mktemp -d "$STATE_DIR/probe.XXXXXX") || exit 1
  trap 'rm -rf "$probe_dir"' EXIT
  {
    printf 'name: closed-loop-probe\nservices:\n  probe:\n    image: probe\n    environment:\n      PROBE: ""\n'
    printf '%s\n' "$2" | awk '/^[A-Za-z_][A-Za-z0-9_]*$/ { printf "      P_%s: \"[${%s-}]\"\n", $0, $0 }'
  } >"$probe_dir/compose.yml"
  probe_yaml=$(bounded "$READ_SECONDS" docker compose --project-name closed-loop-probe --file "$probe_dir/compose.yml" --env-file "$1" config) || exit 1
  printf '%s\n' "$probe_yaml" | awk '/^ ? ? ? ? ? ?[^ ]/ { on = /^      P_/ } on { sub(/^      /, ""); print }'
)

# check_edit OLD NEW WANTED : fails with the reason on stdout unless Compose reads NEW as exactly the wanted
# values and everything else as before. Keys only are named, never values.
check_edit() {
  check_keys=$({
    env_keys "$1"
    env_keys "$2"
  } | sort -u)
  check_managed=$(printf '%s\n' "$3" | awk -F '\t' 'NF == 2 { gsub(/\047/, "\047\047", $2); printf "P_%s: \047[%s]\047\n", $1, $2 }' | sort)
  check_pattern=$(printf '%s\n' "$3" | awk -F '\t' 'NF == 2 { printf "^P_%s:\n", $1 }')
  check_new=$(probe_values "$2" "$check_keys") || {
    echo "Compose cannot read the edited env file"
    return 1
  }
  check_old=$(probe_values "$1" "$check_keys") || {
    echo "Compose cannot read the env file"
    return 1
  }
  if [ "$(printf '%s\n' "$check_new" | grep "$check_pattern" | sort)" != "$check_managed" ]; then
    echo "Compose does not read the managed variables as they were set"
    return 1
  fi
  if [ "$(printf '%s\n' "$check_new" | grep -v "$check_pattern")" != "$(printf '%s\n' "$check_old" | grep -v "$check_pattern")" ]; then
    echo "another variable of the env file would change its value with the edit (one derived from a managed one?)"
    return 1
  fi
}
