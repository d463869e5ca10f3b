#!/bin/sh
# Puts the closed loop's lines into the crontab of the account that calls it, between two marker lines, and leaves every
# other line alone. Needed only where the scheduler of docker-compose.prod.yml is not used, or for the S5 assessments.
#
# Exit code: 0 done, 1 the crontab cannot be read or written, 2 wrong call.
set -eu

usage() {
  cat <<'USAGE'
usage: install_closed_loop_cron.sh <install|uninstall|print>
  install      puts the lines into your crontab, in place of those of an earlier install
  uninstall    takes them out again
  print        shows them, and changes nothing
USAGE
}

refuse() {
  printf '[ERROR] %s\n' "$2" >&2
  exit "$1"
}

project_dir=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
begin="# BEGIN ai-trade closed loop ($project_dir)"
end="# END ai-trade closed loop ($project_dir)"

# What it prints is of the last run only, so that it never fills the disk; every run's reports are kept by themselves.
lines() {
  quoted="'$project_dir'"
  run="cd $quoted && PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin sh tools/closed_loop_runner.sh"
  printf '%s\n' "$begin"
  printf '%s\n' "15 */6 * * * $run assess --stage S5 --since 6h >data/cron_assess.log 2>&1"
  printf '%s\n' "30 3 * * * $run full --stage S3 --since 12h >data/cron_full.log 2>&1"
  printf '%s\n' "$end"
}

# The crontab without our lines. That somebody has none is no failure; that it cannot be read is one: it would be lost.
others() {
  said=$(crontab -l 2>&1 >/dev/null) || {
    case $said in *'no crontab'* | *"can't open"*'No such file'*) return 0 ;; esac
    refuse 1 "your crontab cannot be read: $said"
  }
  # A last line without its end gets one.
  crontab -l | BEGIN=$begin END=$end awk '$0 == ENVIRON["BEGIN"] { ours = 1 } !ours { print } $0 == ENVIRON["END"] { ours = 0 }'
}

# Whatever else than the two markers was changed by hand would be lost with them.
check_markers() {
  crontab -l 2>/dev/null | BEGIN=$begin END=$end awk '
    $0 == ENVIRON["BEGIN"] { if (ours) bad = 1; ours = 1 }
    $0 == ENVIRON["END"] { if (!ours) bad = 1; ours = 0 }
    END { exit bad || ours }' || refuse 1 "the marker lines of your crontab are damaged: repair them by \`crontab -e\` ($begin … $end)"
}

[ $# = 1 ] || {
  usage >&2
  exit 2
}
case $project_dir in
  *[\'%\\]* | *'
'*) refuse 2 "a path with ', % or \\ cannot stand in a crontab: $project_dir" ;;
esac

case $1 in
  print) lines ;;
  install | uninstall)
    command -v crontab >/dev/null 2>&1 || refuse 1 "there is no crontab command here: install cron"
    new=$(mktemp)
    trap 'rm -f "$new"' EXIT
    check_markers
    others >"$new"
    if [ "$1" = install ]; then
      [ -d "$project_dir/data" ] || mkdir "$project_dir/data"
      lines >>"$new"
      crontab "$new" || refuse 1 "cron did not take the lines"
      echo "Installed: crontab -l shows it."
    elif [ -s "$new" ]; then
      crontab "$new" || refuse 1 "cron did not take the lines"
      echo "Uninstalled."
    else
      crontab -r 2>/dev/null || :
      echo "Uninstalled: your crontab had no other lines, and is gone."
    fi
    ;;
  -h | --help) usage ;;
  *)
    usage >&2
    exit 2
    ;;
esac
