# The boot trigger: after a restart of the host `host.sh recover` ends what the restart cut short. Set before the
# boundary, removed at the end, by whoever ends the transaction. boot-trigger: which kind it is.

UNIT_DIR=/etc/systemd/system
UNIT_SECONDS=30

# boot_trigger_kind : `systemd` or `crontab`; fails with the reason where the host offers neither.
boot_trigger_kind() {
  if [ "$(id -u)" = 0 ] && systemd_runs; then
    echo systemd
    return
  elif ! command -v crontab >/dev/null 2>&1; then
    echo "there is no crontab, and systemd takes units from root only"
  elif ! crontab_lines >/dev/null; then
    echo "user $(id -un) may not use crontab"
  elif ! cron_runs; then
    echo "no cron runs"
  else
    echo crontab
    return
  fi
  return 1
}

systemd_runs() {
  [ -d /run/systemd/system ] && command -v systemctl >/dev/null 2>&1
}

# Where the processes of others are hidden nobody can tell.
cron_runs() {
  [ ! -r /proc/1/comm ] || grep -qsx -e cron -e crond -e fcron -e cronie /proc/[0-9]*/comm
}

# preflight_boot_trigger : fact `warning no-boot-trigger REASON`.
preflight_boot_trigger() {
  trigger_reason=$(boot_trigger_kind) || fact warning no-boot-trigger "$trigger_reason"
}

# set_boot_trigger : fails where there is none then; TRIGGER_LACKS says why.
set_boot_trigger() {
  TRIGGER_LACKS=$(boot_trigger_kind) || return
  trigger_kind=$TRIGGER_LACKS
  # First, so that what was half set is removed too.
  printf '%s\n' "$trigger_kind" >"$TX_DIR/boot-trigger"
  trigger_said=$("${trigger_kind}_trigger" add 2>&1) && return
  printf '%s\n' "$trigger_said" >&2
  trigger_said=$(printf '%s\n' "$trigger_said" | tail -n 3 | redact)
  TRIGGER_LACKS="the boot trigger ($trigger_kind) could not be set${trigger_said:+: $trigger_said}"
  journal "the boot trigger could not be set ($trigger_kind)"
  remove_boot_trigger
  return 1
}

remove_boot_trigger() {
  trigger_kind=$(first_line "$TX_DIR/boot-trigger")
  case $trigger_kind in systemd | crontab) "${trigger_kind}_trigger" drop >&2 ;; esac || {
    journal "the boot trigger could not be removed ($trigger_kind)"
    return 0
  }
  rm -f "$TX_DIR/boot-trigger"
}

# The name of the project and the ID of the transaction hold nothing special.
trigger_unit() {
  printf 'closed-loop-recover-%s-%s.service' "$PROJECT_NAME" "$TX"
}

# systemd_trigger add|drop
systemd_trigger() {
  systemd_unit=$UNIT_DIR/$(trigger_unit)
  if [ "$1" = add ]; then
    unit_text >"$systemd_unit" && chmod 644 "$systemd_unit" && bounded "$UNIT_SECONDS" systemctl --quiet enable "$(trigger_unit)"
  else
    bounded "$UNIT_SECONDS" systemctl --quiet disable "$(trigger_unit)"
    rm -f "$systemd_unit" || return
    bounded "$UNIT_SECONDS" systemctl daemon-reload || :
  fi
}

# Simple: it may have to wait for Docker, and the start of the host must not wait with it. The path is one word of a
# command line that is not a shell's.
unit_text() {
  printf '[Unit]\nDescription=Ends deployment %s of %s, which a restart of the host cut short\n' "$TX" "$PROJECT_NAME"
  printf 'Wants=docker.service\nAfter=docker.service\n\n[Service]\nType=simple\nRestart=on-abnormal\nRestartSec=10\n'
  printf 'ExecStart=/bin/sh "%s" recover --at-boot\n' \
    "$(printf '%s' "$STATE_DIR/host.sh" | sed 's/[\\"]/\\&/g; s/%/%%/g; s/[$]/$$/g')"
  printf '\n[Install]\nWantedBy=multi-user.target\n'
}

# crontab_trigger add|drop : by one line of this transaction, until that is so: somebody may write theirs at the same time.
# The line stands in front of all others, so that no setting and no missing line end of theirs has to do with it. A
# crontab of this line alone is removed.
crontab_trigger() {
  edit_old=$TX_DIR/crontab.${JOB-person}
  edit_new=$edit_old.new
  for _ in 1 2 3; do
    # What is written back must not be the beginning of it: not every crontab, and not every sed, says that the disk was full.
    if ! crontab_lines >"$edit_old" || ! crontab_lines | cmp -s - "$edit_old"; then break; fi
    case $1:$(grep -c "$CRON_MARK $TX\$" "$edit_old") in
    add:0)
      printf '@reboot sh %s recover --at-boot >/dev/null 2>&1 %s %s\n' "$(cron_word "$STATE_DIR/host.sh")" "$CRON_MARK" "$TX" |
        cat - "$edit_old" >"$edit_new"
      ;;
    drop:[1-9]*) lines_of_others "$edit_old" >"$edit_new" ;;
    *)
      rm -f "$edit_old" "$edit_new"
      return 0
      ;;
    esac
    [ "$(lines_of_others "$edit_new" | sha256sum)" = "$(lines_of_others "$edit_old" | sha256sum)" ] || break
    if [ -s "$edit_new" ]; then bounded 20 crontab "$edit_new"; else bounded 20 crontab -r; fi || break
  done
  rm -f "$edit_old" "$edit_new"
  return 1
}
CRON_MARK='# closed-loop-recover'

lines_of_others() {
  sed "/$CRON_MARK $TX\$/d" "$1"
}

# crontab_lines : those of this user, byte for byte; having none is no failure.
crontab_lines() {
  crontab_said=$(bounded 20 crontab -l 2>&1 >/dev/null) || {
    case $crontab_said in *'no crontab'* | *"can't open"*'No such file'*) return 0 ;; esac
    return 1
  }
  bounded 20 crontab -l
}

# cron_word TEXT : one word of a crontab's command. Crons differ in what they make of `%` and `\`.
# shellcheck disable=SC2016 # for the shell that cron calls
cron_word() {
  case $1 in
  *%* | *\\*) printf '"$(echo %s | base64 -d)"' "$(printf '%s' "$1" | base64 | tr -d '\n')" ;;
  *) printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")" ;;
  esac
}
