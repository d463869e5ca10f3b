# The env file. Its values never leave the host, so it is read and edited here; what Compose makes of it
# is the only authority, so every edit is read back through Compose before it is put in place.

# Forms that Compose accepts: `K=v`, `K = v`, `K: v`, `export K=v`, indented, CRLF, a byte order mark; the last
# duplicate wins; `K` alone sets nothing here; a quoted value may span lines, and what looks like an assignment
# inside it is none; what follows a quoted value on its line is the next statement.
# mode=keys prints the keys, mode=raw `KEY<TAB>VALUE` as written (its line ends as the character US); mode=edit
# prints the file with every assignment of a managed key set and missing ones appended. WANTED holds lines
# `KEY<TAB>VALUE`, or `KEY<TAB>raw<TAB>TEXT` for a value to be written as mode=raw gave it, or
# `KEY<TAB>absent<TAB>` to take the key out.
# shellcheck disable=SC2016
ENV_FILE_PROGRAM=$ENV_SYNTAX'
function written(value) {
  return value ~ /^[A-Za-z0-9_.\/:@,+-]*$/ ? value : "\047" value "\047"
}
function nothing(text) {
  return text ~ /^[ \t\v\f]*(#|$)/
}
# A line is held back while a value that is replaced goes on in the next one.
function emit(text) {
  if (swallow) pending = text
  else if (mode == "edit" && !(dropped && nothing(text))) printf "%s%s%s", text, cr, (NR == total && !newline_at_end ? "" : "\n")
}
# value_of KEY : what is to stand behind the key. Before another statement it must not run into that.
function value_of(key, rest,    value) {
  value = wanted[key]
  gsub("\037", cr "\n", value)
  return nothing(rest) || key in whole || value ~ /^\047/ ? value : "\047" value "\047"
}
# statements TEXT : the rest of a line, edited. Sets open_quote where the value goes on in the next line.
function statements(text,    head, value, key, quote, at, rest) {
  if (nothing(text) || !match(text, /^[ \t\v\f]*(export[ \t\v\f]+)?[^ \t\v\f=:#][^=:]*[=:][ \t\v\f]*/)) return text
  head = substr(text, 1, RLENGTH)
  value = substr(text, RLENGTH + 1)
  key = head
  sub(/[ \t\v\f]*[=:][ \t\v\f]*$/, "", key)
  sub(/^[ \t\v\f]*(export[ \t\v\f]+)?/, "", key)
  if (mode == "keys") print key
  quote = substr(value, 1, 1)
  rest = ""
  if (quote == "\"" || quote == "\047") {
    at = closing(substr(value, 2), quote)
    if (at > 0) rest = substr(value, at + 2)
    else {
      open_quote = quote
      open_key = key
      open_raw = value
    }
  } else if (match(value, /[ \t]* #.*$/)) rest = substr(value, RSTART)
  else if (match(value, /[ \t]+$/)) rest = substr(value, RSTART)
  if (mode == "raw" && open_quote == "") print key "\t" (nothing(rest) ? value : substr(value, 1, at + 1))
  if (key in wanted) {
    seen[key] = 1
    swallow = (open_quote != "")
    if (key in absent) {
      dropped = 1
      return swallow ? "" : statements(rest)
    }
    value = value_of(key, rest)
    if (swallow || key in whole && nothing(rest)) rest = ""
    return head value statements(rest)
  }
  return substr(text, 1, length(text) - length(rest)) statements(rest)
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
  if (NR == 1) {
    first_cr = cr
    if (substr(line, 1, 3) == "\357\273\277") {
      line = substr(line, 4)
      only_mark = (total == 1 && line == "")
      if (mode == "edit") printf "\357\273\277"
    }
  }
  if (open_quote == "") {
    dropped = 0
    emit(statements(line))
    next
  }
  at = closing(line, open_quote)
  open_raw = open_raw "\037" line
  if (at == 0) {
    if (!swallow) emit(line)
    next
  }
  rest = substr(line, at + 1)
  if (mode == "raw") print open_key "\t" (nothing(rest) ? open_raw : substr(open_raw, 1, length(open_raw) - length(rest)))
  if (swallow && open_key in whole && nothing(rest)) rest = ""
  before = swallow ? pending : substr(line, 1, at)
  swallow = 0
  open_quote = ""
  emit(before statements(rest))
}
END {
  if (mode != "edit") exit
  cr = first_cr
  for (i = 1; i <= keys; i++) {
    if (order[i] in seen || order[i] in absent) continue
    if (NR > 0 && !newline_at_end && !only_mark && !appended) printf "%s\n", first_cr
    appended = 1
    printf "%s=%s%s\n", order[i], value_of(order[i], ""), first_cr
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
# compose file of ours, which is on no disk, asks for each. One line `P_KEY: '[value]'` a key; the lines of a block,
# which a value of several lines is, are joined by tabs.
probe_values() {
  probe_yaml=$({
    printf 'name: closed-loop-probe\nservices:\n  probe:\n    image: probe\n    environment:\n      PROBE: ""\n'
    printf '%s\n' "$2" | awk '/^[A-Za-z_][A-Za-z0-9_]*$/ { printf "      P_%s: \"[${%s-}]\"\n", $0, $0 }'
  } | timeout "$READ_SECONDS" docker compose --project-name closed-loop-probe --file - --env-file "$1" config) || return 1
  printf '%s\n' "$probe_yaml" | awk '
    /^ ? ? ? ? ? ?[^ ]/ { if (on) printf "\n"; on = /^      P_/; if (on) printf "%s", substr($0, 7); next }
    on { printf "\t%s", $0 }
    END { if (on) printf "\n" }'
}

# as_probed WANTED : what probe_values must give for it, sorted. What Compose prints is meant to be read again: it doubles `$`.
as_probed() {
  printf '%s\n' "$1" | awk -F '\t' 'NF == 2 { gsub(/\047/, "\047\047", $2); gsub(/[$]/, "$$", $2); printf "P_%s: \047[%s]\047\n", $1, $2 }' | sort
}

# check_edit OLD NEW WANTED KEYS : fails with the reason in CHECK_REFUSED unless Compose reads NEW as exactly the wanted
# values and everything else as before. Keys only are named, never values. CHECK_OLD is what Compose makes of OLD, of
# KEYS (one a line) too; CHECK_OLD_FACTS and CHECK_FACTS what it makes of the project with each of the two, the latter with the
# release's files; empty where it cannot read that.
check_edit() {
  check_keys=$({
    env_keys "$1"
    env_keys "$2"
    printf '%s\n' "$4"
  } | sort -u)
  CHECK_OLD_FACTS=$(service_facts "$1" 2>/dev/null) || :
  CHECK_OLD=$(probe_values "$1" "$check_keys" 2>/dev/null) || :
  CHECK_FACTS=
  CHECK_REFUSED="Compose cannot read the edited env file"
  check_new=$(probe_values "$2" "$check_keys") && CHECK_FACTS=$(as_released service_facts "$2") || return 1
  CHECK_REFUSED="Compose cannot read the env file"
  [ -n "$CHECK_OLD" ] || return 1
  check_managed=$(as_probed "$3")
  check_pattern=$(printf '%s\n' "$3" | awk -F '\t' 'NF == 2 { printf "^P_%s:\n", $1 }')
  CHECK_REFUSED="Compose does not read the managed variables as they were set"
  [ "$(printf '%s\n' "$check_new" | grep "$check_pattern" | sort)" = "$check_managed" ] || return 1
  CHECK_REFUSED="another variable of the env file would change its value with the edit (one derived from a managed one?)"
  [ "$(printf '%s\n' "$check_new" | grep -v "$check_pattern")" = "$(printf '%s\n' "$CHECK_OLD" | grep -v "$check_pattern")" ]
}
