#!/bin/sh
# Host program of the closed-loop deploy gate: POSIX sh (dash and busybox clean), needs only
# coreutils or busybox, setsid, timeout, docker and compose v2. It is sent over the SSH channel as
# function definitions, and lies in <project-dir>/.closed-loop/bin/ so that detached jobs, and a
# person at the host's shell, run the very same code.
#
# What it prints is a protocol: lines `fact<TAB>NAME<TAB>FIELD…` are made here from Docker's own
# metadata; lines `text<TAB>…` are words of other programs, and have passed the redactor. Of jobs, `follow` tells them as
# `job<TAB>JOB<TAB>NAME<TAB>FIELD…` and `out<TAB>JOB<TAB>…`.
set -u
# What a command gets back that is only run under the lock.
[ "${1-}" != with-lock ] || {
  CALLER_UMASK=$(umask)
  CALLER_EXPORTS=$(export -p)
}
LC_ALL=C
export LC_ALL
umask 077

TAB='	'
NEWLINE='
'
# The window in which a service without a healthcheck must not restart to count as ready (seconds).
STABLE_SECONDS=3
# One docker call that only reads.
READ_SECONDS=30

# fact NAME FIELD… : one line of our own protocol. Tabs and line ends inside a field become spaces.
fact() {
  printf 'fact'
  for fact_field in "$@"; do
    case $fact_field in
    *"$TAB"* | *"$NEWLINE"*) fact_field=$(printf '%s' "$fact_field" | tr '\t\n' '  ') ;;
    esac
    printf '\t%s' "$fact_field"
  done
  printf '\n'
}

# as_text : foreign output from stdin as redacted text lines.
as_text() {
  redact 'text\t'
}

# reply NONCE VERB ARG… : one framed answer on the channel. Whatever a chatty login shell prints lies outside
# the frame. What a verb prints to stderr comes inside, at its end, as text: a process holds it back, because on a full
# disk a file could not; and it is redacted by the files that the verb's own shell, which alone knows them, names last.
reply() {
  reply_nonce=$1
  shift
  printf '\n%s begin\n' "$reply_nonce"
  {
    (
      # By a trap, so that a verb that dies is heard as well.
      # shellcheck disable=SC2154 # the trap sets it itself
      trap 'reply_code=$?; trap - EXIT; printf "\n%s\n%s\n=%s\n%s\n%s\n" "$reply_nonce" "$reply_code" "${PROJECT_DIR-}" "${ENV_PATHS-}" "$reply_nonce" >&2; exit "$reply_code"' EXIT
      call_verb "$@"
    ) 2>&1 >&8 8>&- | said_at_last "$reply_nonce" >&8 8>&-
  } 8>&1
  printf '\n%s end %s\n' "$reply_nonce" "$?"
}

# said_at_last NONCE : what comes before the first of two lines NONCE of stdin, as text. Between them: the exit code of
# the verb, which becomes its own, the project directory, the env files. It ends there, whoever else still has the other end
# of the pipe. Of a verb that was killed nobody could redact the words: none.
said_at_last() {
  last_said='' ENV_PATHS=''
  while IFS= read -r last_line || return 137; do
    [ "$last_line" != "$1" ] || break
    last_said=$last_said$NEWLINE$last_line
  done
  read -r last_code && IFS= read -r PROJECT_DIR || return 137
  PROJECT_DIR=${PROJECT_DIR#=}
  while IFS= read -r last_line && [ "$last_line" != "$1" ]; do ENV_PATHS=$ENV_PATHS$NEWLINE$last_line; done
  # Mostly nothing was said, and no redactor is needed. The line end before NONCE is not the verb's.
  last_said=${last_said%"$NEWLINE"}
  [ -z "$last_said" ] || printf '%s\n' "${last_said#"$NEWLINE"}" | as_text
  return "$last_code"
}

# call_verb VERB ARG… : only what is_verb lists can be asked for over the channel.
call_verb() {
  is_verb "${1-}" || {
    echo "closed-loop host program: no such verb" >&2
    return "$USAGE_CODE"
  }
  call_name=$1
  shift
  "verb_$call_name" "$@"
}

# number TEXT : succeeds for a non-negative whole number.
number() {
  case ${1-} in
  '' | *[!0-9]*) return 1 ;;
  esac
}

# first_line FILE : or nothing where there is none. By the shell itself, as what is read at every call: a process costs more.
first_line() {
  first_line=
  # A FIFO would be waited for.
  [ ! -f "$1" ] || { read -r first_line <"$1"; } 2>/dev/null || :
  printf '%s\n' "$first_line"
}

# read_all FILE : its content, or nothing where there is none.
read_all() {
  [ ! -f "$1" ] || cat "$1"
}

hash_of() {
  sha256sum <"$1" | cut -d ' ' -f 1
}

give_owner() {
  [ "$(stat -c %u:%g "$2")" = "$1" ] || chown "$1" "$2"
}
