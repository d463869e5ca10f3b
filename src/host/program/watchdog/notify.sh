# Telling a person that the host ended a deployment by itself: a command of theirs, after the end is written.

NOTIFY_SECONDS=60

# notify OUTCOME : the plan's command, in the project directory. What fails is only journaled.
notify() {
  notify_command=$(plan_values notify_command)
  [ -n "$notify_command" ] || return 0
  (
    # Ours is the clean environment already; these are our own.
    unset CLOSED_LOOP_CLEAN CLOSED_LOOP_LIBRARY LC_ALL
    export CLOSED_LOOP_TRANSACTION="$TX" CLOSED_LOOP_OUTCOME="$1" CLOSED_LOOP_PROJECT="$PROJECT_NAME"
    cd "$PROJECT_DIR" && bounded "$NOTIFY_SECONDS" sh -c "$notify_command" 2>&1
  ) || journal "notify-command ended with code $?"
}
