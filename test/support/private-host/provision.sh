#!/bin/sh
# Puts what a private host needs on a Debian or Ubuntu machine.
#
#   provision.sh packages PACKAGE...     install packages without starting the daemons they bring
#   provision.sh compose TARGET [RELEASE]  put the Docker Compose v2 plugin binary at the path TARGET: the one of this
#                                        machine's release, or of another release of the same distribution
#   provision.sh root TARGET RELEASE     put a root file system of a Debian release, with all that a private host needs
#                                        but Compose where the release has no v2, at the directory TARGET
#
# Needs root. Progress goes to stdout, what went wrong to stderr.
set -eu

say() { printf '%s\n' "$*"; }

quiet_apt() {
  DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@"
}

# Package scripts ask policy-rc.d before they start a daemon: exit code 101 forbids it.
policy=/usr/sbin/policy-rc.d
forbid_daemon_starts() {
  if [ -e "$policy" ]; then mv "$policy" "$policy.kept-by-private-host"; fi
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
}
allow_daemon_starts() {
  rm -f "$policy"
  if [ -e "$policy.kept-by-private-host" ]; then mv "$policy.kept-by-private-host" "$policy"; fi
}

install_packages() {
  trap allow_daemon_starts EXIT
  trap 'exit 130' INT TERM HUP
  # One that an interrupted earlier run left aside comes back first.
  if [ -e "$policy.kept-by-private-host" ]; then allow_daemon_starts; fi
  forbid_daemon_starts
  say "apt-get update"
  quiet_apt update >/dev/null
  for package in "$@"; do
    shift
    # Releases split things differently: a package that this one lacks is part of another here.
    if apt-cache policy "$package" | grep -q '^  Candidate: [^(]'; then set -- "$@" "$package"; fi
  done
  say "apt-get install $*"
  quiet_apt install -y --no-install-recommends "$@" >/dev/null
}

# The machine's own package sources, as they would read for another release of the same distribution.
sources_for_release() { # FROM TO
  for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    if [ ! -r "$list" ]; then continue; fi
    sed -n -E "s/^(deb[[:space:]]+(\[[^]]*\][[:space:]]+)?[^[:space:]]+)[[:space:]]+$1[[:space:]].*\bmain\b.*/\1 $2 main/p" "$list"
  done >"$work/sources/derived.list"
  for list in /etc/apt/sources.list.d/*.sources; do
    if [ ! -r "$list" ]; then continue; fi
    grep -v '^#' "$list" | awk -v RS= -v from="$1" -v to="$2" '
      $0 ~ "(^|\n)Types:[^\n]*deb" && $0 ~ "(^|\n)Components:[^\n]*main" && $0 ~ "(^|\n)Suites:([^\n]*[ \t])?" from "([ \t\n]|$)" {
        count = split($0, lines, "\n")
        for (i = 1; i <= count; i++) {
          if (lines[i] ~ /^Types:/) print "Types: deb"
          else if (lines[i] ~ /^Suites:/) print "Suites: " to
          else if (lines[i] ~ /^Components:/) print "Components: main"
          else print lines[i]
        }
        print ""
      }'
  done >"$work/sources/derived.sources"
}

# Runs apt-get over the derived sources only: nothing of it stays in the machine's configuration. A mirror of a release
# that is in the making may be some weeks behind: what it signed is signed all the same.
apt_derived() {
  quiet_apt -o Acquire::Check-Valid-Until=false -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$work/sources" \
    -o Dir::Etc::preferencesparts=/dev/null -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" \
    -o APT::Sandbox::User=root -o APT::Get::List-Cleanup=false "$@"
}

candidate_major() { # PACKAGE: major version that the configured sources offer, 0 for none
  candidate=$(apt-cache policy "$1" 2>/dev/null | sed -n 's/^  Candidate: \([0-9]*:\)\{0,1\}\([0-9]*\).*/\2/p')
  say "${candidate:-0}"
}

download_compose() { # [RELEASE]
  # shellcheck source=/dev/null
  codename=$(. /etc/os-release && printf %s "${VERSION_CODENAME:-}")
  if [ -n "${1-}" ]; then
    download_compose_of "$1"
  elif [ "$(candidate_major docker-compose-v2)" -ge 2 ]; then
    say "apt-get download docker-compose-v2"
    quiet_apt -o APT::Sandbox::User=root download docker-compose-v2
  elif [ "$(candidate_major docker-compose)" -ge 2 ]; then
    say "apt-get download docker-compose"
    quiet_apt -o APT::Sandbox::User=root download docker-compose
  else
    # Debian 12 has Compose v1 only; the next release's is one static enough binary that runs here too.
    case $codename in
      bookworm) download_compose_of trixie ;;
      *) say "no Compose v2 known for release '$codename': install the docker compose plugin by hand" >&2; exit 1 ;;
    esac
  fi
}

download_compose_of() { # RELEASE
  sources_for_release "$codename" "$1"
  say "apt-get download docker-compose (from $1, sources of this machine, extracted only)"
  # A third-party source has no such release: the download shows whether enough was there.
  apt_derived update >/dev/null 2>"$work/update.log" || true
  apt_derived download docker-compose || { cat "$work/update.log" >&2; exit 1; }
}

fetch_compose() { # TARGET [RELEASE]
  target=$1
  mkdir -p "$(dirname "$target")"
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' INT TERM HUP
  mkdir -p "$work/sources" "$work/lists/partial" "$work/cache/archives/partial" "$work/package"
  cd "$work"
  if [ -z "$(ls /var/lib/apt/lists/*Packages* 2>/dev/null)" ]; then quiet_apt update >/dev/null; fi
  download_compose "${2-}"
  dpkg-deb --extract ./*.deb "$work/package"
  plugin=$(find "$work/package" -path '*/cli-plugins/docker-compose' -type f)
  if [ -z "$plugin" ]; then say "the package holds no Compose plugin" >&2; exit 1; fi
  cp "$plugin" "$target.$$"
  chmod 755 "$target.$$"
  mv "$target.$$" "$target"
  say "Docker Compose $("$target" version --short) at $target"
}

# What a host of another release is made of; those that a release lacks are part of another package there.
root_packages='docker.io iptables openssh-server openssh-client docker-registry cron procps iproute2 util-linux mount hostname
  perl-base ca-certificates busybox-static systemd systemd-sysv dbus libpam-systemd'

make_root() { # TARGET RELEASE
  target=$1
  release=$2
  mkdir -p "$(dirname "$target")"
  # One at a time; the lock ends with the process, however that ends.
  exec 9>"$target.lock"
  flock 9
  if [ -d "$target" ]; then return; fi
  rm -rf --one-file-system "$target.new"
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' INT TERM HUP
  mkdir "$work/sources"
  # shellcheck source=/dev/null
  codename=$(. /etc/os-release && printf %s "${VERSION_CODENAME:-}")
  sources_for_release "$codename" "$release"
  sources=$(find "$work/sources" -type f -size +0 | head -n 1)
  if [ -z "$sources" ]; then say "no package source of this machine is one of Debian $codename" >&2; exit 1; fi
  # Of these releases Compose v2 has a package.
  case $release in
    bookworm) ;;
    *) root_packages="$root_packages docker-cli docker-compose" ;;
  esac
  say "making a root file system of Debian $release"
  # In namespaces of its own: what it mounts and starts ends with it.
  # shellcheck disable=SC2086
  unshare --mount --pid --fork --kill-child --mount-proc mmdebstrap --quiet --mode=root --variant=apt --format=directory \
    --aptopt='Acquire::Check-Valid-Until "false"' --dpkgopt=force-unsafe-io \
    --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --include="$(say $root_packages | tr ' ' ,)" "$release" "$target.new" "$sources" </dev/null
  mv "$target.new" "$target"
}

verb=$1
shift
case $verb in
  packages) install_packages "$@" ;;
  compose) fetch_compose "$@" ;;
  root) make_root "$@" ;;
  *) say "unknown verb $verb" >&2; exit 2 ;;
esac
