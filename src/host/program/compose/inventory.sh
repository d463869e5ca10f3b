# What runs: the project's containers as tab-separated lines (CONTAINER_LINE, src/host/protocol/container.ts), and their
# comparison with a snapshot.

# The lines whose hash tells whether a container is the same in environment, command, mounts, and what it shares with another.
# shellcheck disable=SC2016 # Go templates and awk programs, not shell
CONTAINER_MAKEUP='{{range .Config.Env}}env {{json .}}{{"\n"}}{{end}}run {{json .Config.Entrypoint}} {{json .Config.Cmd}} {{json .Config.WorkingDir}} {{json .Config.User}}{{"\n"}}{{range .Mounts}}mount {{.Type}} {{if .Name}}{{json .Name}}{{else}}{{json .Source}}{{end}} {{json .Destination}} {{.RW}}{{"\n"}}{{end}}share network {{js .HostConfig.NetworkMode}}{{"\n"}}share ipc {{js .HostConfig.IpcMode}}{{"\n"}}share pid {{js .HostConfig.PidMode}}{{"\n"}}'

# container_lines ID… : the lines without hash and `cut`; none of what is gone.
container_lines() {
  docker_read inspect --type container --format "$CONTAINER_LINE" "$@" | sed '/./!d; s#^/##' | with_kind
}

# with_kind : container lines from stdin with column 16. A one-shot (a migration) is told by what a service that has to stay up
# is not: nothing restarts it after it ended with 0, it has no healthcheck, it did not run before this deployment, and it is not
# the gate service.
with_kind() {
  KIND_BEFORE=${TX_DIR:+$TX_DIR/snapshot/containers} awk -F '\t' -v OFS='\t' -v gate="${GATE-}" '
    BEGIN {
      before = ENVIRON["KIND_BEFORE"]
      while (before != "" && (getline line < before) > 0) {
        split(line, columns, "\t")
        if (columns[4] != "True" && columns[7] ~ /^(running|restarting|paused)$/) ran[columns[2]] = 1
      }
    }
    { $16 = ($9 ~ /^(no|on-failure):/ && $8 == "none" && $2 != gate && !($2 in ran)) ? "one-shot" : "lasting"; print }'
}

project_container_ids() {
  docker_read ps --all --quiet --no-trunc --filter "label=com.docker.compose.project=$PROJECT_NAME"
}

# CHANGE_OF : for awk, how the line of a container differs from the instance that was started then, of that image: `none`, or
# the word for people. An empty line: it is gone. `starting`: nothing changed, but its health is not known now; a dockerd that
# restarts under containers that live on begins to check it anew.
# shellcheck disable=SC2016 # awk expands its own
CHANGE_OF='
  function change_of(now_line, started, image, now) {
    if (now_line == "") return "removed"
    split(now_line, now, "\t")
    if (now[7] == "restarting" || now[7] == "created") return "restarted"
    if (now[7] == "paused") return "stopped"
    if (now[7] != "running" && !(now[7] == "exited" && now[14] == 0 && now[16] == "one-shot")) return "exited"
    if (now[12] != started) return "restarted"
    if (now[5] != image) return "replaced"
    return now[8] == "none" || now[8] == "healthy" ? "none" : now[8] == "starting" ? "starting" : "unhealthy"
  }
'

# inventory : every container of the project, hashed, by name. A container that goes away between the listing
# and the reading (an old one being replaced) is not an error: the listing is taken again.
inventory() {
  for _ in 1 2 3 4 5; do
    inventory_ids=$(project_container_ids) || return 1
    # shellcheck disable=SC2086 # one word per ID
    ! inventory_of $inventory_ids || return 0
    sleep 1
  done
  echo "the containers of project $PROJECT_NAME cannot be read" >&2
  return 1
}

# inventory_of ID… : the same, of these containers; fails where one of them is gone.
inventory_of() {
  [ "$#" -gt 0 ] || return 0
  inventory_raw=$(docker_read inspect --type container --format "begin{{\"\\t\"}}$CONTAINER_LINE{{\"\\n\"}}$CONTAINER_MAKEUP" "$@" 2>/dev/null) &&
    inventory_lines=$(hashed_lines "$#") && printf '%s\n' "$inventory_lines" | with_kind
}

# hashed_lines COUNT : so many lines, of what was read, with hash and `cut`. What is shared is named by the container's name: IDs
# are new ones after each deployment. A name in brackets, which no container can have: it is gone.
hashed_lines() {
  hashed_names=
  # Most projects share nothing.
  case $inventory_raw in
  *"${NEWLINE}share "*" container:"*) hashed_names=$(docker_read ps --all --no-trunc --format '{{.ID}}{{"\t"}}{{.Names}}') || return 1 ;;
  esac
  printf '%s\n=\n%s\nbegin\n' "$hashed_names" "$inventory_raw" | awk -F '\t' '
    !listing { listing = ($0 == "="); sub(/,.*/, "", $2); name[$1] = name[$2] = $2; next }
    $1 == "begin" {
      sub(/-$/, cut, line)
      for (i = 1; i <= texts; i++) print line "\tmakeup\t" text[i]
      line = substr($0, length("begin") + 2)
      sub(/^\//, "", line)
      gsub(/\t/, "\037", line)
      cut = "-"
      texts = 0
    }
    /^share / && index($0, " container:") {
      split($0, words, " ")
      id = substr(words[3], length("container:") + 1)
      if (!(id in name)) cut = "cut"
      $0 = words[1] " " words[2] " " (id in name ? name[id] : "(gone)")
    }
    $0 != "" && $1 != "begin" { text[++texts] = $0 }' | sort | grouped_hashes |
    awk -F '[\037\t]' -v OFS='\t' -v count="$1" '{ $10 = $19; NF = 17; print } END { exit NR != count }'
}

# print_containers LINES : as facts for the client.
print_containers() {
  [ -z "$1" ] || printf '%s\n' "$1" | sed "s/^/fact${TAB}container${TAB}/"
}

# RUNS : for awk, whether the container of a line runs.
# shellcheck disable=SC2016
RUNS='$7 == "running" || $7 == "restarting" || $7 == "paused"'

# two_lists BEFORE NOW : for awk; OF_SERVICES: its first rules for container lines, by which `second` is set in the second list.
# One-off containers are nobody's service: they are left out.
two_lists() {
  printf '%s\n=\n%s\n' "$1" "$2"
}
# shellcheck disable=SC2016 # awk expands its own
OF_SERVICES='
  $0 == "=" { second = 1; next }
  $0 == "" || $4 == "True" { next }
'

# differences WANTED NOW OVERRIDDEN DRIFTED : what keeps the containers of NOW from being those of WANTED (both container lines),
# as lines `CONTAINER<TAB>FIELD<TAB>WANTED<TAB>GOT`. OVERRIDDEN: services whose reference had to be replaced by the image ID.
# DRIFTED: services (one a line) that come back as the files say, in the image they had. A service that was not healthy, or did
# not run, is only held to what it was.
differences() {
  two_lists "$1" "$2" | awk -F '\t' -v overridden=" $3 " -v "drifted= $(printf '%s' "$4" | tr '\n' ' ') " "$OF_SERVICES"'
    function listed(names) { return index(names, " " w[2] " ") > 0 }
    function runs(state) { return state == "running" || state == "restarting" ? "runs" : state == "paused" ? state : "rests" }
    function differ(name, field, wanted, got) { printf "%s\t%s\t%s\t%s\n", name, field, wanted, got }
    function compare(field, at, excused) { if (w[at] != g[at] && !excused) differ(w[1], field, w[at], g[at]) }
    !second { wanted[$1] = $0; order[++n] = $1; next }
    { now[$1] = $0; if (!($1 in wanted)) differ($1, "container", "none", $7) }
    END {
      for (i = 1; i <= n; i++) {
        split(wanted[order[i]], w, "\t")
        if (!(w[1] in now)) { differ(w[1], "container", w[7], "none"); continue }
        split(now[w[1]], g, "\t")
        compare("service", 2)
        compare("number", 3)
        compare("image", 5)
        compare("reference", 6, listed(overridden) || listed(drifted))
        compare("state", 7, runs(w[7]) == runs(g[7]) && !(w[7] == "running" && g[7] == "restarting"))
        compare("health", 8, w[8] != "healthy")
        compare("restart-policy", 9)
        compare("makeup", 10, listed(drifted))
      }
    }'
}

# deployed_lines LINES : those of the services that this deployment brings up or defers; a one-off container serves nobody.
deployed_lines() {
  { printf '%s\n%s\n' "$DEPLOY" "$DEFER"; printf '=\n'; printf '%s\n' "$1"; } | awk -F '\t' '
    $0 == "=" { second = 1; next }
    !second { if ($0 != "") mine[$0] = 1; next }
    $4 != "True" && ($2 in mine)'
}
