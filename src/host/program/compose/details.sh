# What else makes a container, beyond the columns of its line: limits, privileges, labels, networks and the rest, as
# Docker holds them; and what Compose makes of the files, service by service. By hashes: none of it leaves the host.

# From what `docker inspect` prints, a key or an item a line with four blanks an indentation, `CONTAINER<TAB>PART<TAB>TEXT`.
# Whole keys, as Docker writes them, rather than chosen fields: a template that names a field fails where that Docker lacks it.
# Left out is what a new container has anew for the same files: its own ID (as host name and alias), addresses, the volumes
# without a name that Compose hands on to it (its mounts tell), what Compose notes in labels of its own, the order of lists
# that are no command; and what a column holds (image, restart policy).
# shellcheck disable=SC2016
DETAILS_PROGRAM='
function part_of(key,    i) {
  for (i = 1; i < count; i += 2) if (index(key, prefix[i]) == 1) return prefix[i + 1]
  return "others"
}
# is_id(TEXT, DIGITS) : of so many, behind a quote and before a quote or a colon.
function is_id(text, digits) { return text ~ /^"[0-9a-f]+[":]$/ && length(text) == digits + 2 }
# says_nothing(KEY, TEXT) : of what stands directly in Config or HostConfig.
function says_nothing(key, text) {
  return text ~ /^(null|""|0|false|\[\]|\{\})$/ || key == "MemorySwappiness" && text == "-1" ||
    key == "Hostname" && is_id(text, 12) || key ~ /^(Network|Ipc|Pid)Mode$/ && text ~ /^"container:/
}
BEGIN { count = split(parts, prefix, " ") }
{
  depth = int((match($0, /[^ ]/) - 1) / 4)
  text = substr($0, depth * 4 + 1)
  sub(/,$/, "", text)
  item = ""
  if (match(text, /^"[^"]*": /)) {
    item = substr(text, 2, RLENGTH - 4)
    text = substr(text, RLENGTH + 1)
  }
  path[depth] = item
  key = path[2] == "Mounts" ? "Mounts of all kinds" : path[3]
  if (depth == 3) start = NR
}
depth == 2 && item == "Name" { name = substr(text, 3, length(text) - 3) }
path[2] == "NetworkSettings" && key != "Networks" || path[2] !~ /^(Config|HostConfig|Mounts|NetworkSettings)$/ || depth < 3 { next }
key == "Networks" && depth > 4 && (path[5] !~ /^(Aliases|DriverOpts|IPAMConfig|Links)$/ || is_id(text, 12)) { next }
key == "Networks" && (depth < 4 || depth == 5) || text ~ /^[][{}]$/ && (key != "Networks" || item == "") { next }
path[2] == "Mounts" && item !~ /^(Type|Name|Source|Destination|RW)$/ || depth == 3 && says_nothing(key, text) { next }
key ~ /^(Attach|ConsoleSize$|ContainerIDFile$|Image$|RestartPolicy$|StdinOnce$|Volumes$|VolumesFrom$)/ { next }
key ~ /^(MaskedPaths|ReadonlyPaths)$/ { text = "some" }
key == "Labels" && item ~ /^com\.docker\.compose\./ || key == "Binds" && is_id(substr(text, 1, index(text, ":")), 64) { next }
key == "Mounts" && item == "Type" { is_volume = (text == "\"volume\"") }
key == "Mounts" && is_volume { next }
{
  where = key
  for (i = 4; i <= depth; i++) where = where " " path[i]
  order = key ~ /^(Cmd|Entrypoint|Healthcheck|OnBuild|Shell)$/ ? NR - start : ""
  printf "%s\t%s\t%s %s %s\n", name, part_of(key), order, where, text
}
'

# container_details LINES : `CONTAINER<TAB>PART<TAB>HASH` of these containers (container lines), but for the one-off ones.
container_details() {
  details_ids=$(printf '%s\n' "$1" | awk -F '\t' "$OF_SERVICES"'{ print $11 }')
  [ -n "$details_ids" ] || return 0
  # shellcheck disable=SC2086 # one word per ID
  details_raw=$(docker_read inspect --type container $details_ids) || return 1
  printf '%s\n' "$details_raw" | awk -v parts="$DETAIL_PARTS" "$DETAILS_PROGRAM" | sort -u | grouped_hashes
}

# grouped_hashes : `A<TAB>B<TAB>HASH` for sorted lines `A<TAB>B<TAB>TEXT`. awk asks a shell for it, which need not stay beside it.
grouped_hashes() {
  awk -F '\t' -v hash='exec sha256sum' '
    { group = $1 "\t" $2 }
    group != last {
      if (last != "") close(hash)
      printf "%s\t", last = group
      fflush()
    }
    { print substr($0, length(group) + 2) | hash }' | sed 's/  -$//'
}

# read_config : sets config_yaml, what Compose makes of all files, those too that are included, extended or named as `env_file`.
read_config() {
  config_yaml=$(compose "$ENV_FILE" "$READ_SECONDS" config) || { lend_images "$ENV_FILE" && config_yaml=$(compose "$ENV_FILE" "$READ_SECONDS" config); }
}

# service_configs : `SERVICE<TAB>config<TAB>HASH` of config_yaml; with the networks, volumes and the rest that services use, which
# count for each.
service_configs() {
  printf '%s\n' "$config_yaml" | awk '
    /^[^ ]/ { top = $1 }
    top != "services:" { shared = shared $0 "\n"; next }
    /^  [^ ]/ { service = $1; gsub(/[":\047]/, "", service) }
    service != "" { text[service] = text[service] $0 "\n" }
    END {
      for (service in text) {
        count = split(text[service] shared, lines, "\n")
        for (i = 1; i < count; i++) printf "%s\tconfig\t%s\n", service, lines[i]
      }
    }' | grouped_hashes
}

# name_details : what the containers that equal the snapshot, by the columns of their lines, have otherwise than before,
# as exceptions. `config-edited-meanwhile SERVICE PART…` where somebody edited what Compose makes it of; else
# `container-differs SERVICE PART…`: by hand, or by another version or default of Docker, and no try would change that.
# A drifted service is named as such. What it shares with another container has no part of its own.
name_details() {
  details_now=$(container_details "$verify_now") || return 1
  details_found=$({
    printf '%s\n' "$verify_now" | awk -F '\t' '{ print $1 "\tservice\t" $2 }'
    printf '%s\n%s\n' "$(read_all "$TX_DIR/snapshot/details")" "$details_now" | sort | uniq -u
    two_lists "$restore_snapshot" "$verify_now" | awk -F '\t' "$OF_SERVICES"'{ print $1 "\tmakeup\t" $10 }' | sort | uniq -u
  } | awk -F '\t' -v "edited= $(read_all "$TX_DIR/edited" | tr '\n' ' ') " -v "drifted= $(plan_values drift | tr '\n' ' ') " '
    function is_one_of(name, names) { return index(names, " " name " ") > 0 }
    $0 == "" { next }
    $2 == "service" { service[$1] = $3; next }
    $2 == "makeup" { if (!($1 in parts)) parts[$1] = " others"; next }
    !told[$1, $2]++ { parts[$1] = parts[$1] " " $2 }
    END {
      for (name in parts) {
        kind = is_one_of(service[name], edited) ? "config-edited-meanwhile" : "container-differs"
        if (kind != "container-differs" || !is_one_of(service[name], drifted)) printf "%s\t%s\t%s\n", kind, service[name], substr(parts[name], 2)
      }
    }' | sort -u) || return 1
  # What differs and cannot be named is not equal; where nothing does, a full disk does not matter.
  [ -z "$details_found" ] || printf '%s\n' "$details_found" >>"$TX_DIR/exceptions"
}
