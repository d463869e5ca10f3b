#!/bin/sh
# A private, throw-away Linux host on this machine: its own network, processes, mounts, hostname, dockerd,
# sshd, cron and registry, on an overlay of a root file system (the machine's, or that of another release), so that
# nothing of it changes.
#
# On the machine, as root:
#   host.sh supervise NAME REGISTRY_PASSWORD DOCKER COMPOSE_PLUGIN ROOT STORE INIT
#       Starts a host and keeps it until standard input ends (the owner died) or SIGTERM comes, then
#       removes every trace. Prints its facts as `key=value` lines, the last of them `ready=yes`.
#       ROOT: the directory that it is an overlay of. STORE: Docker's image store, `docker` or `containerd`.
#       INIT: its process 1, `shell` (this script) or `systemd` (that of ROOT).
#   host.sh sweep
#       Removes what a supervisor that was killed left behind.
# Inside the host:
#   host.sh start|stop dockerd|sshd|registry|cron
#   host.sh await-all      what systemd runs once it has started them
set -eu

say() { printf '%s\n' "$*"; }

base=/var/tmp
prefix=closed-loop-host
own=/etc/private-host
# A directory of the machine: inside the host it does not exist, and every `docker exec` would fail for it.
unset TMPDIR
registry_user=deployer

# ---- on the machine ----

# Start time of a process in clock ticks: with the pid it names a process for good.
start_time() { # PID
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  # The second field is the name, which may hold anything.
  stat=${stat##*) }
  # shellcheck disable=SC2086
  set -- $stat
  say "${20}"
}

alive() { # PID START_TIME
  [ "$(start_time "$1")" = "$2" ]
}

dispose() { # DIRECTORY
  if read -r init started <"$1/init" 2>/dev/null && alive "$init" "$started"; then
    # The end of its init is the end of every process of the host.
    kill -KILL "$init" 2>/dev/null || true
    until ! alive "$init" "$started"; do sleep 0.02; done
  fi
  if read -r link <"$1/link" 2>/dev/null; then ip link del "$link" 2>/dev/null || true; fi
  group=$(basename "$1")
  for tries in 1 2 3 4 5; do
    find /sys/fs/cgroup -maxdepth 2 -name "$group" -type d 2>/dev/null |
      while read -r top; do find "$top" -depth -type d -exec rmdir {} + 2>/dev/null || true; done
    if [ -z "$(find /sys/fs/cgroup -maxdepth 2 -name "$group" -type d 2>/dev/null)" ]; then break; fi
    sleep "0.$tries"
  done
  rm -rf "$1"
}

sweep() {
  for left in "$base/$prefix"-*-*-*; do
    if [ ! -d "$left" ]; then continue; fi
    # A process number means something only in its own PID namespace: elsewhere a living owner looks dead.
    if [ "$(cat "$left/pid-namespace" 2>/dev/null)" != "$(readlink /proc/self/ns/pid)" ]; then continue; fi
    started=${left##*-}
    rest=${left%-*}
    if ! alive "${rest##*-}" "$started"; then dispose "$left" || true; fi
  done
}

write_configuration() { # NAME PASSWORD ADDRESS STORE
  say "$1" >"$dir/etc/$(basename "$dir")"
  # crypt(3) of Debian and Ubuntu knows bcrypt, the only kind that the registry accepts.
  salt=$(head -c 256 /dev/urandom | base64 -w 0 | tr -dc 'A-Za-z0-9' | cut -c1-21)
  PASSWORD=$2 perl -e 'print "$ARGV[0]:", crypt($ENV{PASSWORD}, "\$2y\$05\$" . $ARGV[1] . "u"), "\n"' \
    "$registry_user" "$salt" >"$dir/etc/htpasswd"
  cat >"$dir/etc/registry.yml" <<END
version: 0.1
log: {level: warn}
storage:
  filesystem: {rootdirectory: /var/lib/private-host-registry}
  delete: {enabled: true}
http: {addr: '$3:5000', secret: '$salt'}
auth:
  htpasswd: {realm: private-host, path: $own/htpasswd}
END
  snapshotter=false
  if [ "$4" = containerd ]; then snapshotter=true; fi
  cat >"$dir/docker-config/daemon.json" <<END
{
  "data-root": "/var/lib/docker",
  "insecure-registries": ["$3:5000"],
  "cgroup-parent": "/$(basename "$dir")",
  "exec-opts": ["native.cgroupdriver=cgroupfs"],
  "features": {"containerd-snapshotter": $snapshotter}
}
END
  ssh-keygen -q -t ed25519 -N '' -C private-host-client -f "$dir/client_key"
  ssh-keygen -q -t ed25519 -N '' -C private-host -f "$dir/etc/ssh_host_ed25519_key"
  ssh-keygen -q -t rsa -b 2048 -N '' -C private-host -f "$dir/etc/ssh_host_rsa_key"
  mkdir -m 700 "$dir/home/.ssh"
  cp "$dir/client_key.pub" "$dir/home/.ssh/authorized_keys"
  cat >"$dir/etc/sshd_config" <<END
Port 22
ListenAddress $3
HostKey $own/ssh_host_ed25519_key
HostKey $own/ssh_host_rsa_key
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
PrintMotd no
LogLevel VERBOSE
Subsystem sftp internal-sftp
END
}

# Takes a free 10.213.N.0/30: creating the link by its name is the lock.
take_link() {
  number=$(($$ % 250 + 1))
  for attempt in $(seq 250); do
    number=$((number % 250 + 1))
    link=clhost$number
    if [ -n "$(ip -4 route show root "10.213.$number.0/24")" ]; then continue; fi
    if ip link add "$link" type veth peer name eth0 netns "$1" 2>/dev/null; then
      say "$link" >"$dir/link"
      ip addr add "10.213.$number.1/30" dev "$link"
      ip link set "$link" up
      return
    fi
  done
  say "no free link after $attempt attempts: $(ip link add clhost-try type veth peer name eth0 netns "$1" 2>&1)" >&2
  return 1
}

supervise() { # NAME PASSWORD DOCKER COMPOSE_PLUGIN ROOT STORE INIT
  dir=$base/$prefix-$1-$$-$(start_time $$)
  # Once one has come, no further signal may cut the disposal off (npm hands on what the terminal sent already).
  trap 'trap "" TERM INT HUP PIPE; dispose "$dir"' EXIT
  trap 'trap "" TERM INT HUP PIPE; exit 143' TERM INT HUP PIPE
  umask 022
  mkdir -m 700 "$dir"
  readlink /proc/self/ns/pid >"$dir/pid-namespace"
  for part in upper work root etc log home opt tmp docker docker-config containerd registry cron units; do mkdir "$dir/$part"; done
  chmod 700 "$dir/home"
  chmod 1777 "$dir/tmp"
  mkfifo "$dir/go"
  cp "$0" "$dir/etc/host.sh"
  if [ -n "$4" ]; then
    mkdir -p "$dir/home/.docker/cli-plugins"
    cp "$4" "$dir/home/.docker/cli-plugins/docker-compose"
  fi

  name=$1
  docker=$3
  lower=$5
  kind=$7
  switch_on
  take_link "$init"
  address=10.213.$number.2
  write_configuration "$1" "$2" "$address" "$6"
  say "$address" >"$dir/go"

  say "directory=$dir"
  say "initProcess=$init"
  say "supervisorProcess=$$"
  say "address=$address"
  say "hostKeyFingerprint=$(ssh-keygen -l -E sha256 -f "$dir/etc/ssh_host_ed25519_key.pub" | cut -d ' ' -f 2)"
  say "registryUsername=$registry_user"
  until [ -e "$dir/etc/ready" ]; do
    if ! alive "$init" "$started"; then tail -n 30 "$dir"/log/*.log >&2; exit 1; fi
    sleep 0.05
  done
  say "ready=yes"
  trap power_cycle USR1
  # Reads nothing: the end of the owner ends this copy, and `wait`, unlike `read`, lets a signal through.
  cat <&3 >/dev/null 2>&1 3<&- &
  owner=$!
  while kill -0 "$owner" 2>/dev/null; do wait "$owner" || true; done
}

# Starts the host's process 1, which waits for its address then.
switch_on() {
  rm -f "$dir/init"
  set -- unshare
  if [ "$kind" = systemd ]; then
    # systemd takes what its namespace shows as the top of all groups for its own.
    group=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)/$(basename "$dir")
    mkdir -p "$group"
    # shellcheck disable=SC2016 # for the shell in the group
    set -- sh -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' sh "$group" unshare --cgroup
  fi
  setpriv --pdeathsig KILL "$@" --mount --uts --ipc --net --pid --fork --kill-child \
    sh "$0" init "$dir" "$name" "$docker" "$lower" "$kind" </dev/null >"$dir/log/init.log" 2>&1 3<&- &
  switched=$!
  until [ -s "$dir/init" ]; do
    if ! kill -0 "$switched" 2>/dev/null; then cat "$dir/log/init.log" >&2; exit 1; fi
    sleep 0.02
  done
  read -r init started <"$dir/init"
}

# As if the plug was pulled, and put in again: every process is gone in the middle of what it did, the disk stays.
# What the kernel had not written yet is not lost, though: it is the machine's, and goes on.
# shellcheck disable=SC2317 # by a trap
power_cycle() {
  kill -KILL "$init" 2>/dev/null || true
  while alive "$init" "$started"; do sleep 0.02; done
  rm -f "$dir/etc/ready"
  ip link del "$link" 2>/dev/null || true
  switch_on
  ip link add "$link" type veth peer name eth0 netns "$init"
  ip addr add "10.213.$number.1/30" dev "$link"
  ip link set "$link" up
  say "$address" >"$dir/go"
}

# ---- inside the host ----

# Becomes process 1: makes the file system, starts the daemons, then only reaps; or lets systemd do that.
init() { # DIRECTORY NAME DOCKER ROOT INIT
  dir=$1
  # /proc is still the machine's here, so this is our pid as the machine sees it.
  read -r outer _ </proc/self/stat
  say "$outer $(start_time "$outer")" >"$dir/init.new"
  mv "$dir/init.new" "$dir/init"
  read -r address <"$dir/go"

  root=$dir/root
  mount -t overlay overlay -o "lowerdir=$4,upperdir=$dir/upper,workdir=$dir/work" "$root"
  mount --rbind /dev "$root/dev"
  mount --rbind /sys "$root/sys"
  mount -t proc proc "$root/proc"
  mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
  mount -t tmpfs -o mode=755 tmpfs "$root/run"
  private_directory etc "$own"
  private_directory log /var/log/private-host
  private_directory home /root
  private_directory opt /opt
  private_directory tmp /tmp
  private_directory docker /var/lib/docker
  private_directory docker-config /etc/docker
  private_directory containerd /var/lib/containerd
  private_directory registry /var/lib/private-host-registry
  private_directory cron /var/spool/cron
  # Another release may have another number for the group.
  chroot "$root" install -d -m 1730 -g crontab /var/spool/cron/crontabs
  # Each start is a boot of its own. The first is the machine's: containers see no other, and share locks with the host.
  if [ -e "$dir/started" ]; then
    cat /proc/sys/kernel/random/uuid >"$dir/etc/boot_id"
    mount --bind "$dir/etc/boot_id" "$root/proc/sys/kernel/random/boot_id"
  fi
  say "$outer" >"$dir/started"
  if [ -d "$root/etc/cron.d" ]; then mount -t tmpfs -o mode=755 tmpfs "$root/etc/cron.d"; fi
  if [ "$5" = systemd ]; then
    prepare_systemd
  elif [ -d "$root/etc/systemd/system" ]; then
    mount -t tmpfs -o mode=755 tmpfs "$root/etc/systemd/system"
  fi
  : >"$root/etc/crontab"
  # A password field that starts with "!" would lock root out of sshd.
  sed -i 's/^root:[^:]*:/root:*:/' "$root/etc/shadow"
  # The machine may have several clients; the host has the one that is meant.
  if [ "$3" != /usr/local/bin/docker ]; then ln -sf "$3" "$root/usr/local/bin/docker"; fi
  mkdir -p "$root/.machine"
  cd "$root"
  pivot_root . .machine
  cd /
  umount -l /.machine
  rmdir /.machine

  hostname "$2"
  ip link set lo up
  ip addr add "$address/30" dev eth0
  ip link set eth0 up
  mkdir -p /run/lock /run/sshd
  export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
  # Newer servers shut out an address after failed logins, which the tests make on purpose.
  if /usr/sbin/sshd -t -f "$own/sshd_config" -o PerSourcePenalties=no 2>/dev/null &&
    ! grep -q PerSourcePenalties "$own/sshd_config"; then
    say 'PerSourcePenalties no' >>"$own/sshd_config"
  fi
  if [ "$5" = systemd ]; then
    exec env -i "PATH=$PATH" container=private-host /lib/systemd/systemd --log-target=journal --show-status=0
  fi
  for daemon in dockerd registry sshd cron; do start_in_background "$daemon"; done
  for daemon in dockerd registry sshd cron; do await "$daemon"; done
  : >"$own/ready"
  # Process 1 has to reap the orphans: the shell does while it waits.
  while :; do
    sleep 86400 &
    wait $! || true
  done
}

# Units of ours start the daemons, Docker by the units of its package. What systemd would do to a whole machine (kernel
# settings, devices, mounts) is left out: that would be this one.
prepare_systemd() {
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
  private_directory units /etc/systemd/system
  if [ -e "$dir/units/private-host.service" ]; then return; fi
  tr -d - </proc/sys/kernel/random/uuid >"$root/etc/machine-id"
  units=$root/lib/systemd/system
  for wants in sysinit sockets timers local-fs multi-user; do rm -rf "$units/$wants.target.wants"; done
  for masked in systemd-remount-fs systemd-firstboot systemd-networkd systemd-networkd-wait-online ssh; do
    ln -s /dev/null "$dir/units/$masked.service"
  done
  ln -s /dev/null "$dir/units/tmp.mount"
  ln -s /lib/systemd/system/multi-user.target "$dir/units/default.target"
  mkdir "$dir/units/multi-user.target.wants" "$dir/units/sockets.target.wants"
  write_unit sshd "/usr/sbin/sshd -D -e -f $own/sshd_config"
  write_unit registry "/usr/bin/docker-registry serve $own/registry.yml"
  {
    printf '[Unit]\nAfter=docker.service private-host-sshd.service private-host-registry.service cron.service\n'
    printf '[Service]\nType=oneshot\nExecStart=/bin/sh %s/host.sh await-all\n' "$own"
  } >"$dir/units/private-host.service"
  for wanted in docker.service containerd.service cron.service systemd-logind.service private-host.service \
    private-host-sshd.service private-host-registry.service; do
    want "$wanted" multi-user
  done
  for wanted in docker.socket dbus.socket systemd-journald.socket; do want "$wanted" sockets; done
}

write_unit() { # NAME COMMAND
  printf '[Service]\nRuntimeDirectory=sshd\nRuntimeDirectoryPreserve=yes\nExecStart=%s\nStandardOutput=append:%s\nStandardError=inherit\n' \
    "$2" "/var/log/private-host/$1.log" >"$dir/units/private-host-$1.service"
}

want() { # UNIT TARGET
  from=/lib/systemd/system
  if [ -e "$dir/units/$1" ]; then from=/etc/systemd/system; fi
  ln -s "$from/$1" "$dir/units/$2.target.wants/$1"
}

private_directory() { # NAME PATH
  mkdir -p "$root$2"
  mount --bind "$dir/$1" "$root$2"
}

start_in_background() { # DAEMON
  name=$1
  case $name in
    # A stale pid file, of a dockerd that was killed, would stop the next one.
    # `container` keeps it from loading an AppArmor profile into the machine's kernel.
    dockerd)
      rm -f /run/docker.pid /run/docker/containerd/containerd.pid
      set -- env container=private-host dockerd
      ;;
    registry) set -- docker-registry serve "$own/registry.yml" ;;
    sshd) set -- /usr/sbin/sshd -D -e -f "$own/sshd_config" ;;
    cron) set -- cron -f ;;
  esac
  setsid "$@" </dev/null >>"/var/log/private-host/$name.log" 2>&1 &
  say $! >"/run/private-host-$name.pid"
}

listening() { # PORT
  [ -n "$(ss -Hltn "sport = :$1")" ]
}

answers() { # DAEMON
  case $1 in
    dockerd) docker version >/dev/null 2>&1 ;;
    registry) listening 5000 ;;
    sshd) listening 22 ;;
    cron) [ -e /run/crond.pid ] ;;
  esac
}

await() { # DAEMON
  read -r daemon <"/run/private-host-$1.pid"
  for attempt in $(seq 600); do
    if answers "$1" && kill -0 "$daemon" 2>/dev/null; then return; fi
    sleep 0.05
  done
  say "$1 does not answer after $attempt attempts" >&2
  tail -n 30 "/var/log/private-host/$1.log" >&2
  return 1
}

# The unit of a daemon, where systemd runs.
unit_of() { # DAEMON
  case $1 in
    dockerd) say docker.service ;;
    cron) say cron.service ;;
    *) say "private-host-$1.service" ;;
  esac
}

await_all() {
  for daemon in dockerd registry sshd cron; do
    until answers "$daemon"; do sleep 0.05; done
  done
  : >"$own/ready"
}

start() { # DAEMON
  if [ -d /run/systemd/system ]; then
    systemctl start "$(unit_of "$1")"
    until answers "$1"; do sleep 0.05; done
    return
  fi
  start_in_background "$1"
  await "$1"
}

stop() { # DAEMON
  if [ -d /run/systemd/system ]; then
    # The socket would start it again.
    if [ "$1" = dockerd ]; then systemctl stop docker.socket; fi
    systemctl stop "$(unit_of "$1")"
    return
  fi
  read -r daemon <"/run/private-host-$1.pid"
  kill "$daemon" 2>/dev/null || true
  while kill -0 "$daemon" 2>/dev/null; do sleep 0.02; done
}

verb=$1
shift
# In braces, with the exit, so that all is parsed before it runs: a supervisor lives long, and the file may be
# edited meanwhile.
{
  case $verb in
    supervise)
      # `&` would give the copy that watches the owner an empty input.
      exec 3<&0 </dev/null
      supervise "$@"
      ;;
    sweep) sweep ;;
    init) init "$@" ;;
    start) start "$@" ;;
    stop) stop "$@" ;;
    await-all) await_all ;;
    *)
      say "unknown verb $verb" >&2
      exit 2
      ;;
  esac
  exit
}
