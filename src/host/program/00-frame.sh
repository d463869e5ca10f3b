#!/bin/sh
# Host program of the closed-loop deploy gate: POSIX sh (dash and busybox clean), needs only
# coreutils or busybox, setsid, timeout, docker and compose v2. It is sent over the SSH channel as
# function definitions, and lies in <project-dir>/.closed-loop/bin/ so that detached jobs, and a
# person at the host's shell, run the very same code.
#
# What it prints is a protocol: lines `fact<TAB>NAME<TAB>FIELD…` are made here from Docker's own
# metadata; lines `text<TAB>…` are words of other programs, and have passed the redactor.
set -u
LC_ALL=C
export LC_ALL
umask 077

TAB=$(printf '\t')
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

# reply NONCE VERB ARG… : one framed answer on the channel. Whatever a chatty login shell prints lies
# outside the frame; what a verb prints to stderr comes inside, as redacted text.
reply() {
  reply_nonce=$1
  shift
  printf '\n%s begin\n' "$reply_nonce"
  {
    reply_code=$(
      {
        {
          (call_verb "$@" 2>&1 >&3 3>&- 4>&-)
          echo "$?" >&4
        } | as_text >&3 3>&- 4>&-
      } 4>&1
    )
  } 3>&1
  printf '\n%s end %s\n' "$reply_nonce" "$reply_code"
}

# call_verb VERB ARG… : only what is listed here can be asked for over the channel.
call_verb() {
  case ${1-} in
  preflight | begin | snapshot | start_job | stop_job | follow | log_tail | assessed | reports | abandon | end_state | installed | install)
    call_name=$1
    shift
    "verb_$call_name" "$@"
    ;;
  *)
    echo "closed-loop host program: no such verb" >&2
    return 64
    ;;
  esac
}

# number TEXT : succeeds for a non-negative whole number.
number() {
  case ${1-} in
  '' | *[!0-9]*) return 1 ;;
  esac
}

# read_all FILE : its content, or nothing where there is none.
read_all() {
  [ ! -f "$1" ] || cat "$1"
}
