# The plan: what the client wants, as lines `KEY<TAB>VALUE…`. It comes on stdin before the transaction
# exists, and lies in the transaction's directory afterwards.

# In the shell itself, here and below: every verb reads the plan, and a process costs more than the line it finds.
plan_values() {
  values_ifs=$IFS
  IFS=$NEWLINE
  set -f
  for values_line in $PLAN; do
    [ "${values_line%%"$TAB"*}" != "$1" ] || printf '%s\n' "${values_line#*"$TAB"}"
  done
  set +f
  IFS=$values_ifs
}

# use_plan TEXT : sets what every other function reads.
use_plan() {
  PLAN=$1
  PROJECT_DIR='' COMPOSE_FILES='' PROJECT_NAME='' DEPLOY='' DEFER='' GATE='' ENV_NAME='' LOCK_FILE='' HEALTH_SECONDS=180 RELEASE_DIR=''
  plan_ifs=$IFS
  IFS=$NEWLINE
  set -f
  for plan_line in $PLAN; do
    plan_value=${plan_line#*"$TAB"}
    case ${plan_line%%"$TAB"*} in
    project_dir) PROJECT_DIR=$plan_value ;;
    compose_file) COMPOSE_FILES=$COMPOSE_FILES${COMPOSE_FILES:+$NEWLINE}$plan_value ;;
    project_name) PROJECT_NAME=$plan_value ;;
    deploy) DEPLOY=$DEPLOY${DEPLOY:+$NEWLINE}$plan_value ;;
    defer) DEFER=$DEFER${DEFER:+$NEWLINE}$plan_value ;;
    gate) GATE=$plan_value ;;
    env_file) ENV_NAME=$plan_value ;;
    incoming) RELEASE_DIR=$plan_value ;;
    host_lock_file) LOCK_FILE=$plan_value ;;
    health_seconds) ! count "$plan_value" || HEALTH_SECONDS=$plan_value ;;
    esac
  done
  set +f
  IFS=$plan_ifs
  STATE_DIR=$PROJECT_DIR/.closed-loop
  # A word, by which the client named it.
  # Of a look that leaves nothing, not even there (src/host/protocol/shell-session.ts).
  SCRATCH_DIR=${LOOK_DIR:-$STATE_DIR}
  case $RELEASE_DIR in '' | *[!a-z0-9]*) RELEASE_DIR='' ;; *) RELEASE_DIR=$SCRATCH_DIR/incoming/$RELEASE_DIR ;; esac
  ENV_ABSOLUTE=$PROJECT_DIR/$ENV_NAME
  case $ENV_NAME in /*) ENV_ABSOLUTE=$ENV_NAME ;; esac
  # A symbolic link is followed, its target edited. Of a link to nowhere busybox makes another path than coreutils.
  ENV_FILE=$ENV_ABSOLUTE
  if [ -h "$ENV_FILE" ] && [ -e "$ENV_FILE" ]; then ENV_FILE=$(readlink -f "$ENV_FILE"); fi
  ENV_PATHS=$ENV_FILE
}

# wanted_env : the managed variables as `KEY<TAB>VALUE`.
wanted_env() {
  plan_values image
  plan_values env
}

wanted_references() {
  plan_values image | cut -f 2
}

# among WORD LIST : whether WORD is a line of LIST.
among() {
  case $NEWLINE$2$NEWLINE in
  *"$NEWLINE$1$NEWLINE"*) [ -n "$1" ] ;;
  *) return 1 ;;
  esac
}

# deployed_now : the services that are brought up before the gate: all but the deferred ones.
deployed_now() {
  printf '%s\n' "$DEPLOY" | grep -Fvx -e "$DEFER"
}
