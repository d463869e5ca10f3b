# What else makes a container, beyond the columns of its line: limits, privileges, labels, networks and the rest, as
# Docker holds them; and what Compose makes of the files, service by service. By hashes: none of it leaves the host.
#
# Left out is what a new container has anew for the same files, as tried with every way in which one is recreated here:
# its own ID (as host name and alias), addresses, the volumes without a name that Compose hands on to it (its mounts
# tell), what Compose notes in labels of its own, the order of lists; and what a column holds (image, restart policy).
# shellcheck disable=SC2016 # Go templates and awk programs, not shell
CONTAINER_DETAILS='of{{"\t"}}{{.Name}}{{"\n"}}config{{"\t"}}{{json .Config}}{{"\n"}}host{{"\t"}}{{json .HostConfig}}{{"\n"}}networks{{"\t"}}{{json .NetworkSettings.Networks}}{{"\n"}}{{range .Mounts}}mount{{"\t"}}{{.Type}} {{if .Name}}{{json .Name}}{{else}}{{json .Source}}{{end}} {{json .Destination}} {{.RW}}{{"\n"}}{{end}}'

# From those lines `CONTAINER<TAB>GROUP<TAB>TEXT`, in which the order of a list means nothing, but for commands. Whole
# keys, as Docker writes them, rather than chosen fields: a template that names a field fails where that Docker lacks it.
# shellcheck disable=SC2016
DETAILS_PROGRAM='
# members TEXT OUT : what a JSON object or array holds, one by one; gives how many. A quote that is escaped ends nothing.
function members(text, out,    parts, n, i, j, c, quoted, depth, item, count) {
  n = split(text, parts, "\"")
  count = depth = quoted = 0
  item = ""
  for (i = 1; i <= n; i++) {
    if (quoted) {
      item = item parts[i] "\""
      if (parts[i] !~ /(^|[^\\])(\\\\)*\\$/) quoted = 0
      continue
    }
    for (j = 1; j <= length(parts[i]); j++) {
      c = substr(parts[i], j, 1)
      if (c == "{" || c == "[") { if (depth++ == 0) continue }
      else if (c == "}" || c == "]") { if (--depth == 0) c = "," }
      if (c == "," && depth <= 1) {
        if (item != "") out[++count] = item
        item = ""
      } else item = item c
    }
    if (i < n) { item = item "\""; quoted = 1 }
  }
  return count
}
function group_of(key) {
  if (key == "Env") return "environment"
  if (key == "Labels" || key == "Annotations") return "labels"
  if (key == "LogConfig") return "logging"
  if (key == "Healthcheck") return "healthcheck"
  if (key ~ /^(Memory|Kernel|Cpu|Nano|Blkio|IO|Pids|Oom|Ulimits|ShmSize)/) return "limits"
  if (key ~ /^(Cap|Cgroup|Device|GroupAdd|Init|Ipc|Isolation|Masked|Pid|Privileged|ReadonlyPaths|ReadonlyRootfs|Runtime|Security|Sysctls|Userns|UTS)/) return "privileges"
  if (key ~ /^(Dns|Domainname|Exposed|ExtraHosts|Hostname|Links|MacAddress|Network|PortBindings|PublishAllPorts)/) return "network"
  if (key ~ /^(Binds|Mounts|Storage|Tmpfs|VolumeDriver)/) return "mounts"
  if (key ~ /^(ArgsEscaped|Cmd|Entrypoint|OnBuild|OpenStdin|Shell|Stop|Tty|User|WorkingDir)/) return "command"
  return "others"
}
function put(group, text) { printf "%s\t%s\t%s\n", name, group, text }
# keys TEXT : every key of .Config or .HostConfig that says something.
function keys(text,    list, n, i, key, value) {
  n = members(text, list)
  for (i = 1; i <= n; i++) {
    if (!match(list[i], /^"[^"]*":/)) continue
    key = substr(list[i], 2, RLENGTH - 3)
    value = substr(list[i], RLENGTH + 1)
    if (value ~ /^(null|""|0|false|\[\]|\{\})$/) continue
    if (key ~ /^(Attach|ConsoleSize$|ContainerIDFile$|Image$|RestartPolicy$|StdinOnce$|Volumes$|VolumesFrom$)/) continue
    if (key == "Hostname" && value ~ /^"[0-9a-f]+"$/ && length(value) == 14) continue
    if (key ~ /^(Network|Ipc|Pid)Mode$/ && value ~ /^"container:/) continue
    if (key == "MemorySwappiness" && value == "-1") continue
    # Which ones those are is up to the engine; that there are none is up to the files.
    if (key == "MaskedPaths" || key == "ReadonlyPaths") value = "some"
    if (value !~ /^[[{]/ || key ~ /^(Cmd|Entrypoint|OnBuild|Shell)$/) put(group_of(key), key " " value)
    else each(key, value)
  }
}
function each(key, value,    list, n, i) {
  n = members(value, list)
  for (i = 1; i <= n; i++) {
    if (key == "Labels" && list[i] ~ /^"com\.docker\.compose\./) continue
    if (key == "Mounts" && list[i] ~ /^\{"Type":"volume"/) continue
    if (key == "Binds" && list[i] ~ /^"[0-9a-f]+:/ && index(list[i], ":") == 66) continue
    put(group_of(key), key " " list[i])
  }
}
# attached TEXT : the networks, and what was asked for there; not what the engine chose.
function attached(text,    list, inner, n, i, j, m, network) {
  n = members(text, list)
  for (i = 1; i <= n; i++) {
    if (!match(list[i], /^"[^"]*":/)) continue
    network = substr(list[i], 1, RLENGTH)
    put("network", network)
    m = members(substr(list[i], RLENGTH + 1), inner)
    for (j = 1; j <= m; j++) {
      if (inner[j] ~ /^"(IPAMConfig|DriverOpts|Links)":/ && inner[j] !~ /:(null|\[\]|\{\})$/) put("network", network inner[j])
      if (inner[j] ~ /^"Aliases":\[/) aliases(network, substr(inner[j], 11))
    }
  }
}
function aliases(network, text,    list, n, i) {
  n = members(text, list)
  for (i = 1; i <= n; i++) if (list[i] !~ /^"[0-9a-f]+"$/ || length(list[i]) != 14) put("network", network "alias " list[i])
}
$1 == "of" { name = $2; sub(/^\//, "", name) }
$1 == "config" || $1 == "host" { keys($2) }
$1 == "networks" { attached($2) }
$1 == "mount" { put("mounts", $2) }
'

# container_details LINES : `CONTAINER<TAB>GROUP<TAB>HASH` of these containers (container lines), but for the one-off ones.
container_details() {
  details_ids=$(printf '%s\n' "$1" | awk -F '\t' "$OF_SERVICES"'{ print $11 }')
  [ -n "$details_ids" ] || return 0
  # shellcheck disable=SC2086 # one word per ID
  details_raw=$(docker_read inspect --type container --format "$CONTAINER_DETAILS" $details_ids) || return 1
  printf '%s\n' "$details_raw" | awk -F '\t' "$DETAILS_PROGRAM" | sort -u | grouped_hashes
}

# awk asks a shell for it, which need not stay beside it.
HASH_OF_LINES='exec sha256sum'

# grouped_hashes : `A<TAB>B<TAB>HASH` for sorted lines `A<TAB>B<TAB>TEXT`.
grouped_hashes() {
  awk -F '\t' -v hash="$HASH_OF_LINES" '
    { group = $1 "\t" $2 }
    group != last { if (last != "") close(hash); last = group; print group; fflush() }
    { print substr($0, length(group) + 2) | hash }
    END { if (last != "") close(hash) }' | awk -F '\t' -v OFS='\t' '
    NF == 2 { group = $0; next }
    { sub(/ .*/, ""); print group, $0 }'
}

# read_config : sets config_yaml, what Compose makes of all files, those too that are included, extended or named as `env_file`.
read_config() {
  config_yaml=$(compose "$ENV_FILE" "$READ_SECONDS" config) || { lend_images "$ENV_FILE" && config_yaml=$(compose "$ENV_FILE" "$READ_SECONDS" config); }
}

# service_configs : `SERVICE<TAB>config<TAB>HASH` of config_yaml; with the networks, volumes and the rest that services use, which
# count for each.
service_configs() {
  printf '%s\n' "$config_yaml" | awk '
    /^[^ ]/ { top = $1; service = "" }
    top != "services:" { shared = shared $0 "\n"; next }
    /^  [^ ]/ { service = $1; sub(/:$/, "", service); gsub(/["\047]/, "", service); order[++n] = service }
    service != "" { text[service] = text[service] service "\tconfig\t" $0 "\n" }
    END {
      count = split(shared, lines, "\n")
      for (i = 1; i <= n; i++) {
        printf "%s", text[order[i]]
        for (j = 1; j < count; j++) printf "%s\tconfig\t%s\n", order[i], lines[j]
      }
    }' | grouped_hashes
}

# name_details : what the containers that equal the snapshot, by the columns of their lines, have otherwise than before,
# as exceptions. `config-edited-meanwhile SERVICE GROUP…` where somebody edited what Compose makes it of; else
# `container-differs SERVICE GROUP…`: by hand, or by another version or default of Docker, and no try would change that.
# A drifted service is named as such.
name_details() {
  details_now=$(container_details "$verify_now") || return 1
  details_found=$({
    printf '%s\n' "${restore_edited-}" | sed "s/^/edited$TAB/"
    plan_values drift | sed "s/^/drift$TAB/"
    two_lists "$restore_snapshot" "$verify_now" | awk -F '\t' "$OF_SERVICES"'{ print (second ? "is" : "was") "\t" $1 "\t" $2 "\t" $10 }'
    read_all "$TX_DIR/snapshot/details" | sed "s/^/before$TAB/"
    printf '%s\n' "$details_now" | sed "s/^/now$TAB/"
  } | awk -F '\t' '
    function differ(container, group) {
      if (!((container, group) in told)) groups[container] = groups[container] " " group
      told[container, group] = 1
    }
    $1 == "edited" { edited[$2] = 1 }
    $1 == "drift" { drifted[$2] = 1 }
    $1 == "was" { service[$2] = $3; makeup[$2] = $4; order[++n] = $2 }
    $1 == "is" { changed[$2] = makeup[$2] != $4 }
    $1 == "before" { before[$2, $3] = $4; group[++count] = $2 "\t" $3; known = 1 }
    $1 == "now" && known { now[$2, $3] = $4; group[++count] = $2 "\t" $3 }
    END {
      for (i = 1; i <= count; i++) {
        split(group[i], parts, "\t")
        if (before[parts[1], parts[2]] != now[parts[1], parts[2]]) differ(parts[1], parts[2])
      }
      for (i = 1; i <= n; i++) {
        name = order[i]
        # What it shares with another container has no group of its own.
        if (groups[name] == "" && changed[name]) groups[name] = " others"
        if (groups[name] == "") continue
        if (service[name] in edited) kind = "config-edited-meanwhile"
        else if (service[name] in drifted) continue
        else kind = "container-differs"
        printf "%s\t%s\t%s\n", kind, service[name], substr(groups[name], 2)
      }
    }' | sort -u) || return 1
  # What differs and cannot be named is not equal; where nothing does, a full disk does not matter.
  [ -z "$details_found" ] || printf '%s\n' "$details_found" >>"$TX_DIR/exceptions"
}
