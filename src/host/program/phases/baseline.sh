# The baseline: the reports of the last confirmed deployment, for the rules of the gate to compare with. Each deployment
# keeps its own as they were delivered; a later one is given them in the same form, and so takes the same ones for its run's.

# keep_begin RUN : before the first report is delivered. Without a proven run no report is anybody's. KEPT is where they
# go, or empty where none are kept: that is never an obstacle.
keep_begin() {
  KEPT=$TX_DIR/reports.new
  # Of an answer that was lost.
  rm -rf "${TX_DIR:?}/reports" "$KEPT"
  { [ -n "$1" ] && mkdir "$KEPT" && printf '%s\n' "$1" >"$KEPT/run-id"; } 2>/dev/null || keep_nothing
}

# keep_report KIND.FROM : a copy of report_path, which is what is delivered then.
keep_report() {
  [ -n "$KEPT" ] || return 0
  if { beginning "$report_path" >"$KEPT/$1"; } 2>/dev/null; then report_path=$KEPT/$1; else keep_nothing; fi
}

keep_nothing() {
  [ -z "$KEPT" ] || rm -rf "$KEPT"
  KEPT=
}

# keep_end : all of them at once, or none.
keep_end() {
  [ -z "$KEPT" ] || mv "$KEPT" "$TX_DIR/reports" 2>/dev/null || keep_nothing
}

# verb_baseline ID WORD… : a fact `baseline TRANSACTION RUN`, then what was kept as verb_reports delivers it; nothing where no
# confirmed deployment left reports.
verb_baseline() {
  fenced "$1" || return
  shift
  baseline_id=$(last_reports)
  [ -n "$baseline_id" ] || return 0
  baseline_dir=$STATE_DIR/transactions/$baseline_id
  # What was a secret then need not be in the env file any more.
  ENV_PATHS=$ENV_PATHS$NEWLINE$baseline_dir/snapshot/env
  baseline_run=$(redact <"$baseline_dir/reports/run-id")
  fact baseline "$baseline_id" "$baseline_run"
  reports_begin "$baseline_dir/reports" "$baseline_run" "$@"
  for baseline_from in run latest; do
    for baseline_kind in closedLoop runtimeAssess runMeta; do
      report_path=$baseline_dir/reports/$baseline_kind.$baseline_from
      if [ -r "$report_path" ] && report_fits "$report_path"; then deliver_report "$baseline_kind" "$baseline_from"; fi
    done
  done
}

# last_reports : the transaction that was promoted last, among the others that have reports.
last_reports() {
  for last_dir in "$STATE_DIR"/transactions/*; do
    case ${last_dir##*/} in *[!a-z0-9]* | "$TX") continue ;; esac
    [ -r "$last_dir/reports/run-id" ] || continue
    [ "$(first_line "$last_dir/state")" = promoted ] || continue
    last_number=$(read_all "$last_dir/lock-number")
    printf '%s\t%s\n' "${last_number:-0}" "${last_dir##*/}"
  done | sort -rn | head -n 1 | cut -f 2
}
