# The boot trigger: after a restart of the host `host.sh recover` ends what the restart cut short. Set before the
# boundary, removed at the end, by whoever ends the transaction. boot-trigger: which kind it is.

# Where it lies; a unit's name is made of the project's name and the transaction's ID, which hold nothing special.
UNIT_DIR=/etc/systemd/system
UNIT_SECONDS=30

# boot_trigger_kind : `systemd`, `crontab` or `user_unit`; fails with the reason where the host offers none.
boot_trigger_kind() {
  if [ "$(id -u)" = 0 ] && systemd_runs; then
    echo systemd
  elif kind_lacks=$(crontab_lacks); then
    echo crontab
  elif ! systemd_runs || [ "$(id -u)" = 0 ]; then
    printf '%s\n' "$kind_lacks"
    return 1
  elif ! lingers; then
    echo "$kind_lacks; systemd starts nothing of user $(id -un), who does not linger (loginctl enable-linger $(id -un))"
    return 1
  elif ! takes_user_unit; then
    echo "$kind_lacks; user $(id -un) may not write to $(user_units)"
    return 1
  else
    echo user_unit
  fi
}

# crontab_lacks : whether this user has a crontab that is looked at; the reason where not.
crontab_lacks() {
  if ! command -v crontab >/dev/null 2>&1; then
    echo "there is no crontab, and systemd takes units from root only"
  elif ! crontab_lines >/dev/null; then
    echo "user $(id -un) may not use crontab"
  elif ! cron_runs; then
    echo "no cron runs"
  else
    return 0
  fi
  return 1
}

# lingers : whether systemd starts this user's own units with the host. It is not switched on here: that would outlast the
# deployment.
lingers() {
  [ "$(bounded 20 loginctl show-user "$(id -un)" --property=Linger 2>/dev/null)" = Linger=yes ]
}

# takes_user_unit : whether a unit could be put where they lie; makes nothing.
takes_user_unit() {
  for takes_place in "$(user_units)" "$(user_units)/default.target.wants"; do
    takes_place=$(nearest_there "$takes_place")
    { [ -d "$takes_place" ] && [ -w "$takes_place" ] && [ -x "$takes_place" ]; } || return 1
  done
}

# nearest_there PATH : itself, or the nearest of its parents that is there.
nearest_there() {
  there_path=$1
  until [ -e "$there_path" ] || [ -h "$there_path" ] || [ -z "$there_path" ]; do there_path=${there_path%/*}; done
  printf '%s\n' "${there_path:-/}"
}

user_units() {
  printf '%s/.config/systemd/user\n' "${HOME:-/}"
}

systemd_runs() {
  [ -d /run/systemd/system ] && command -v systemctl >/dev/null 2>&1
}

# Where the processes of others are hidden nobody can tell.
cron_runs() {
  [ ! -r /proc/1/comm ] || grep -qsx -e cron -e crond -e fcron -e cronie /proc/[0-9]*/comm
}

# crontab_lines : those of this user, byte for byte; having none is no failure.
crontab_lines() {
  crontab_said=$(bounded 20 crontab -l 2>&1 >/dev/null) || {
    case $crontab_said in *'no crontab'* | *"can't open"*'No such file'*) return 0 ;; esac
    return 1
  }
  bounded 20 crontab -l
}

# preflight_boot_trigger : fact `warning no-boot-trigger REASON`.
preflight_boot_trigger() {
  trigger_reason=$(boot_trigger_kind) || fact warning no-boot-trigger "$trigger_reason"
}

# set_boot_trigger : fails where there is none then; TRIGGER_LACKS says why.
set_boot_trigger() {
  trigger_kind=$(boot_trigger_kind) || {
    TRIGGER_LACKS=$trigger_kind
    return 1
  }
  # First, so that what was half set is removed too; and where, because a later login may have another home. What of that
  # was there before stays.
  printf '%s\t%s\t%s\n' "$trigger_kind" "$(user_units)" "$(nearest_there "$(user_units)/default.target.wants")" >"$TX_DIR/boot-trigger"
  trigger_said=$("add_$trigger_kind" 2>&1)
  trigger_code=$?
  [ -z "$trigger_said" ] || printf '%s\n' "$trigger_said" >&2
  [ "$trigger_code" != 0 ] || return 0
  TRIGGER_LACKS="the boot trigger ($trigger_kind) could not be set${trigger_said:+: $(printf '%s\n' "$trigger_said" | tail -n 3 | redact)}"
  journal "the boot trigger could not be set ($trigger_kind)"
  remove_boot_trigger
  return 1
}

remove_boot_trigger() {
  [ -f "$TX_DIR/boot-trigger" ] || return 0
  IFS=$TAB read -r trigger_kind trigger_units trigger_there <"$TX_DIR/boot-trigger"
  case $trigger_kind in
  systemd | crontab | user_unit)
    "drop_$trigger_kind" >&2 || {
      journal "the boot trigger could not be removed ($trigger_kind)"
      return 0
    }
    ;;
  esac
  rm -f "$TX_DIR/boot-trigger"
}

trigger_unit() {
  printf 'closed-loop-recover-%s-%s.service' "$PROJECT_NAME" "$TX"
}

# unit_text TARGET : that of a unit that the target wants.
unit_text() {
  printf '[Unit]\nDescription=Ends deployment %s of %s, which a restart of the host cut short\n' "$TX" "$PROJECT_NAME"
  # A user's own systemd starts no Docker that only its name promises.
  [ "$1" = default.target ] || printf 'Wants=docker.service\n'
  printf 'After=docker.service\n'
  # Simple: it may have to wait for Docker, and the start of the host must not wait with it.
  printf '\n[Service]\nType=simple\nRestart=on-abnormal\nRestartSec=10\nExecStart=/bin/sh %s recover --at-boot\n' "$(unit_word "$STATE_DIR/host.sh")"
  printf '\n[Install]\nWantedBy=%s\n' "$1"
}

add_systemd() {
  unit_text multi-user.target >"$UNIT_DIR/$(trigger_unit)" && chmod 644 "$UNIT_DIR/$(trigger_unit)" &&
    bounded "$UNIT_SECONDS" systemctl --quiet enable "$(trigger_unit)"
}

# By hand what `systemctl --user enable` does: that needs a bus, which a job that outlives its login may not have. The
# user's systemd reads it when it starts, with the host.
add_user_unit() {
  unit_place=$(user_units)
  mkdir -p "$unit_place/default.target.wants" && unit_text default.target >"$unit_place/$(trigger_unit)" &&
    ln -sf "../$(trigger_unit)" "$unit_place/default.target.wants/$(trigger_unit)" &&
    durable "$unit_place/$(trigger_unit)" "$unit_place/default.target.wants" "$unit_place" "${unit_place%/*}" "${unit_place%/*/*}" "${HOME:-/}"
}

drop_user_unit() {
  rm -f "$trigger_units/default.target.wants/$(trigger_unit)" "$trigger_units/$(trigger_unit)" || return 1
  # An older version of this program did not say what it had made.
  [ -n "$trigger_there" ] || return 0
  drop_made=$trigger_units/default.target.wants
  # As far as nobody else has put something there.
  until [ "$drop_made" = "$trigger_there" ] || ! rmdir "$drop_made" 2>/dev/null; do drop_made=${drop_made%/*}; done
}

drop_systemd() {
  bounded "$UNIT_SECONDS" systemctl --quiet disable "$(trigger_unit)"
  rm -f "$UNIT_DIR/$(trigger_unit)" || return 1
  bounded "$UNIT_SECONDS" systemctl daemon-reload
  return 0
}

# unit_word TEXT : one word of a unit's command line, which is not a shell's.
unit_word() {
  printf '"%s"' "$(printf '%s' "$1" | sed 's/[\\"]/\\&/g; s/%/%%/g; s/[$]/$$/g')"
}

# cron_word TEXT : one word of a crontab's command. Crons differ in what they make of `%` and `\`.
# shellcheck disable=SC2016 # for the shell that cron calls
cron_word() {
  case $1 in
  *%* | *\\*) printf '"$(echo %s | base64 -d)"' "$(printf '%s' "$1" | base64 | tr -d '\n')" ;;
  *) printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")" ;;
  esac
}

trigger_line() {
  printf '^@reboot .* # closed-loop-recover %s$' "$TX"
}

add_crontab() {
  change_crontab add 'does not keep'
}

drop_crontab() {
  change_crontab drop keeps
}

# change_crontab add|drop WORDS : until it is so; somebody may write theirs at the same time.
change_crontab() {
  cron_files=$TX_DIR/crontab.${JOB-person}
  for change_try in 1 2 3 4; do
    try_crontab "$1"
    change_code=$?
    rm -f "$cron_files.old" "$cron_files.new"
    [ "$change_code" = 2 ] || return "$change_code"
  done
  echo "the crontab $2 its line after $change_try tries" >&2
  return 1
}

# try_crontab add|drop : code 2 where it has to be looked at again. The line stands in front of all others, so that no setting
# and no missing line end of theirs has to do with it. A crontab of this line alone is removed; nothing is written where it
# is as it is to be.
try_crontab() {
  copy_crontab "$cron_files.old" || return 1
  cron_ours=$(grep -c "$(trigger_line)" "$cron_files.old")
  case $1:$cron_ours in
  add:0)
    {
      printf '@reboot sh %s recover --at-boot >/dev/null 2>&1 # closed-loop-recover %s\n' "$(cron_word "$STATE_DIR/host.sh")" "$TX" &&
        cat "$cron_files.old"
    } >"$cron_files.new" && bounded 20 crontab "$cron_files.new" || return 1
    ;;
  add:* | drop:0) return 0 ;;
  "drop:$(grep -c '' "$cron_files.old")") bounded 20 crontab -r || return 1 ;;
  *)
    sed "/$(trigger_line)/d" "$cron_files.old" >"$cron_files.new" && [ -s "$cron_files.new" ] &&
      bounded 20 crontab "$cron_files.new" || return 1
    ;;
  esac
  return 2
}

# copy_crontab FILE : as a whole. Some crontabs do not say that the disk was too full for it, and what is written back must
# not be the beginning of it.
copy_crontab() {
  crontab_lines >"$1" && [ "$(crontab_lines | wc -c)" -eq "$(wc -c <"$1")" ]
}
