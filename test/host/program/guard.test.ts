import { afterAll, describe, expect, it } from '@jest/globals'
import { itOf } from '../../support/jest/tiers.ts'
import { playedBench, playedClient } from './played-transaction.ts'
import { SHELLS } from './shells.ts'

const bench = playedBench()
afterAll(() => bench[Symbol.dispose]())

describe.each(SHELLS)('the guard under %s', (shell) => {
  const client = (script: string) => playedClient(bench, shell, script)

  it('puts back what ran before when the client is not heard of for its lease, and tells it', () => {
    const { lines, stderr } = client(`
NOTIFY='echo "$CLOSED_LOOP_OUTCOME of $CLOSED_LOOP_PROJECT in $PWD, $CLOSED_LOOP_TRANSACTION"; env >"$PWD/environment"; exit 3'
applied a 4; runs
ended a; read_state a; runs; free; strays
grep -o 'the guard ended it.*' "$TX_DIR/journal"; tail -n 1 "$TX_DIR/journal" | cut -f 2
cat "$TX_DIR/jobs/guard/out" | sed "s#$one#ONE#"; grep -c -e LC_ALL -e CLEAN -e LIBRARY "$one/environment"
ls "$TX_DIR" | grep -e reserve -e boot-trigger`)
    expect(stderr).toBe('')
    expect(lines).toEqual([
      ...['new', 'rolled_back', 'old', 'nobody has it', '0'],
      ...['the guard ended it: rolled_back', 'notify-command ended with code 3'],
      ...['rolled_back of shop in ONE, a', '0'],
    ])
  })

  it('stays where the boundary was crossed between two looks of it', () => {
    const { lines } = client(`
cat >"$one/plays" <<'PLAYS'
is_over() {
  # It read the state, and comes to itself again when the release is in.
  if [ "\${JOB-}" = guard ] && [ "$1" = prefetched ]; then until [ -f "$TX_DIR/jobs/apply/exit" ]; do pause; done; fi
  has_end "$1" || [ "$1" = rollback_failed ]
}
PLAYS
applied a 60; sleep 2; job_alive "$TX_DIR/jobs/guard" && echo guarded; [ -e "$TX_DIR/reserve" ] && echo reserved
job a rollback; done_job a rollback; read_state a`)
    expect(lines).toEqual(['guarded', 'reserved', 'rolled_back'])
  })

  itOf('ci')('waits as long as the client is heard of, by whatever it asks', () => {
    const { lines } = client(`
applied a 8
for _ in 1 2 3; do sleep 1; verb_log_tail a x 1 >/dev/null; sleep 1; verb_follow a 0 >/dev/null; done
read_state a; ended a; read_state a`)
    expect(lines).toEqual(['applied', 'rolled_back'])
  })

  it('keeps the project locked between the lease and the end', () => {
    const { lines } = client(`
echo 'restore_everything() { until [ -e "$one/go" ]; do pause; done; echo old >"$one/runs"; }' >"$one/plays"
applied a 4
until [ "$(read_state a)" = rolling_back ]; do pause; done
sleep 2
(plan | verb_acquire b 30 0) | cut -f 2,4; : >"$one/go"
ended a; (plan | verb_acquire b 30 0) | cut -f 2`)
    expect(lines).toEqual(['holder\ta', 'acquired'])
  })

  it('lets a client that comes late change nothing, and tells it what came of it', () => {
    const { lines } = client(`
echo 'restore_everything() { until [ -e "$one/go" ]; do pause; done; echo old >"$one/runs"; }' >"$one/plays"
applied a 4
until [ "$(read_state a)" = rolling_back ]; do pause; done
for verb in 'start_job a confirm confirm' 'stop_job a guard' 'log_tail a x 1' 'snapshot a'; do
  "verb_\${verb%% *}" \${verb#* } </dev/null >/dev/null 2>&1; echo "\${verb%% *} $?"
done
verb_state a; job a late rollback; : >"$one/go"
done_job a late; exit_of a late; read_state a; ended a; free`)
    expect(lines).toEqual([
      ...['start_job 66', 'stop_job 66', 'log_tail 66', 'snapshot 66'],
      ...['fact\tstate\trolling_back', '0', 'rolled_back', 'nobody has it'],
    ])
  })

  itOf('ci')('outlives the job that armed it, killed with its whole session, and a HUP', () => {
    const { lines } = client(`
echo 'compose() { echo new >"$one/runs"; sleep 60; }' >"$one/plays"
prepared a 12 && job a apply
until [ "$(runs)" = new ]; do heartbeat; pause; done
read -r guard _ <"$TX_DIR/jobs/guard/pid"
kill -HUP $(session_pids "$guard")
kill_job a apply; read_state a
ended a; read_state a; runs; strays`)
    expect(lines).toEqual(['applying', 'rolled_back', 'old', '0'])
  })

  it('ends a transaction whose rollback died', () => {
    const { lines } = client(`
echo 'restore_everything() { echo old >"$one/runs"; [ -e "$one/again" ] || { : >"$one/first"; sleep 60; }; }' >"$one/plays"
applied a 12; job a rollback
until [ -e "$one/first" ]; do heartbeat; pause; done
: >"$one/again"; kill_job a rollback; read_state a
ended a; read_state a; free`)
    expect(lines).toEqual(['rolling_back', 'rolled_back', 'nobody has it'])
  })

  itOf('ci')('waits for a confirmation that lives, and carries one forward that died', () => {
    const { lines } = client(`
echo 'deferred_back() { confirm_now=; until [ -e "$one/go" ]; do pause; done; }' >"$one/plays"
applied a 24; job a confirm
until [ "$(read_state a)" = confirming ]; do heartbeat; pause; done
sleep 7; read_state a; : >"$one/go"; ended a; read_state a; runs
rm "$one/go"
applied b 24; job b confirm
until [ "$(read_state b)" = confirming ]; do heartbeat; pause; done
kill_job b confirm; : >"$one/go"
ended b; read_state b; runs; free; strays; grep -o 'the guard ended it.*' "$TX_DIR/journal"`)
    expect(lines).toEqual([
      ...['confirming', 'promoted', 'new'],
      ...['promoted', 'new', 'nobody has it', '0', 'the guard ended it: promoted'],
    ])
  })

  it('rolls back where the confirmation that died cannot be carried forward', () => {
    const { lines } = client(`
echo 'deferred_back() { : >"$one/first"; sleep 60; }; still_ready() { [ ! -e "$one/first" ]; }' >"$one/plays"
applied a 24; job a confirm
until [ -e "$one/first" ]; do heartbeat; pause; done
kill_job a confirm; ended a; read_state a; runs`)
    expect(lines).toEqual(['rolled_back', 'old'])
  })

  itOf('ci')('goes when the client ended the transaction, and where the boundary was not crossed', () => {
    const { lines } = client(`
applied a 60; job a confirm; done_job a confirm; read_state a; strays
applied b 60; job b rollback; done_job b rollback; read_state b; strays
echo 'armed() { return 1; }' >"$one/plays"
prepared c 60; job c apply; done_job c apply; exit_of c apply; read_state c; strays
verb_abandon c; read_state c; ls "$STATE_DIR"/transactions/*/ | grep -e reserve -e guard-ended`)
    expect(lines).toEqual([
      'promoted',
      '0',
      'rolled_back',
      '0',
      '10',
      'prefetched',
      '0',
      'fact\tuntouched',
      'unchanged',
    ])
  })
})
