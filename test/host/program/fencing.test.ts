import { afterAll, describe, expect, it } from '@jest/globals'
import { SHELLS } from './shells.ts'
import { clients, clientsBench } from './two-clients.ts'

const bench = clientsBench()
afterAll(() => bench[Symbol.dispose]())

describe.each(SHELLS)('a transaction under %s', (shell) => {
  it('is refused every verb once somebody else has the lock, and is ended by them', () => {
    const { lines, stderr } = clients(
      bench,
      shell,
      `
as acquire a; as begin a; in_state a prefetched
NOW=131
as acquire b
for verb in snapshot 'start_job a apply' stop_job assessed reports log_tail ended_by abandon; do
  set -- $verb; [ $# = 3 ] && as verb_start_job a x apply || as "verb_$1" a x y z
done
as begin b
read_state a
as verb_abandon a
as verb_release a
tx_holds b && echo 'b has it'`,
    )
    expect(stderr).toBe('')
    expect(lines).toEqual([
      ...['fact acquired 1', 'acquire a 0', 'begin a 0', 'fact acquired 2', 'acquire b 0'],
      ...[
        'snapshot',
        'start_job',
        'stop_job',
        'assessed',
        'reports',
        'log_tail',
        'ended_by',
        'abandon',
      ].flatMap((verb) => ['holder b', `verb_${verb} a 66`]),
      ...['begin b 0', 'unchanged', 'verb_abandon a 0', 'verb_release a 0', 'b has it'],
    ])
  })

  it('begins only under the lock, and not upon one that did not end', () => {
    const { lines } = clients(
      bench,
      shell,
      `
as begin a
as acquire a; as begin a; in_state a applied
NOW=131
as acquire b; as begin b; as verb_release b
NOW=132; open_transaction a; tx_retake && tx_holds a && echo 'a has it again'`,
    )
    expect(lines).toEqual([
      ...['fact holder  ', 'begin a 66', 'fact acquired 1', 'acquire a 0', 'begin a 0'],
      ...['fact acquired 2', 'acquire b 0', 'fact unfinished a applied', 'begin b 1', 'verb_release b 0'],
      'a has it again',
    ])
  })

  it.each([
    ['lost the lock before it looked', 'tx_holds() { return 1; }'],
    ['is being ended', ': >"$TX_DIR/ending"'],
  ])('does not cross its boundary when it %s', (_, meanwhile) => {
    const { lines } = clients(
      bench,
      shell,
      `
as acquire a; as begin a; in_state a prefetched
: >"$one/.env"; : >"$one/c.yml"; plan a >/dev/null; open_transaction a; : >"$TX_DIR/snapshot/files.list"
arm() { :; }
armed() { :; }
check_edit() { CHECK_FACTS=; }
service_facts() { :; }
stop_deferred() { echo MUTATED; }
files_unchanged() { ${meanwhile}; }
printf 'whole\\t0\\n' >"$one/restore"; as job_apply x <"$one/restore"
read_state a`,
    )
    expect(lines).toEqual([
      ...['fact acquired 1', 'acquire a 0', 'begin a 0'],
      ...['fact refused lock_lost', 'job_apply x 10', 'prefetched'],
    ])
  })

  it.each([
    ['without the plan of its rollback', ''],
    ['with one that was cut short', 'group\\tapp:1\\tsha256:1\\tup\\tapp=1\\n'],
    ['with one that lacks a row', 'whole\\t1\\n'],
    ['with one that goes on', 'whole\\t0\\ngroup\\tapp:1\\tsha256:1\\tup\\tapp=1\\n'],
  ])('does not cross its boundary %s', (_, plan) => {
    const { lines } = clients(
      bench,
      shell,
      `
as acquire a; as begin a; in_state a prefetched
: >"$one/.env"; : >"$one/c.yml"; open_transaction a; : >"$TX_DIR/snapshot/files.list"
arm() { :; }
armed() { :; }
check_edit() { CHECK_FACTS=; }
service_facts() { :; }
stop_deferred() { echo MUTATED; }
printf '${plan}' >"$one/restore"; as job_apply x <"$one/restore" 2>/dev/null
read_state a; [ ! -e "$TX_DIR/restore-plan" ]; echo "$?"`,
    )
    expect(lines.slice(3)).toEqual(['job_apply x 10', 'prefetched', '0'])
  })

  it('that wrote down its boundary in vain is ended like one that never came there', () => {
    const { lines } = clients(
      bench,
      shell,
      `
as acquire a; as begin a; in_state a prefetched
NOW=131
as acquire b
# Its apply was killed between the two looks.
stop_other_jobs() { [ "$TX" != a ] || set_state applying; }
as begin b
read_state a; read_state b`,
    )
    expect(lines.slice(3)).toEqual(['fact acquired 2', 'acquire b 0', 'begin b 0', 'unchanged', 'begun'])
  })

  it('that somebody else ended says at its own rollback that nothing was touched, and leaves the lock', () => {
    const { lines } = clients(
      bench,
      shell,
      `
as acquire a; as begin a; in_state a prefetched
NOW=131
as acquire b; as begin b
(open_transaction a; JOB=rollback; as job_rollback x)
TX=b; tx_holds b && echo 'b has it'`,
    )
    expect(lines.slice(6)).toEqual(['fact untouched', 'job_rollback x 0', 'b has it'])
  })

  it.each([
    [
      'was cut short in a pull: its tag is put back',
      ': >"$TX_DIR/tags-moved"',
      ['docker tag sha256:old shop:1'],
    ],
    ['had ended its pulls: what the tag means since then is left alone', '', []],
  ])('that %s', (_, pull, moved) => {
    const { lines } = clients(
      bench,
      shell,
      `
as acquire a; as begin a; in_state a prefetched; ${pull}
printf 'shop:1\\tsha256:old\\n' >"$TX_DIR/snapshot/tags"
NOW=131
# Somebody pulled and brought up by hand what came next.
image_id() { echo sha256:by-hand; }
docker_write() { echo "docker $*" >&3; }
as acquire b; begin b 3>&1 >/dev/null 2>&1
read_state a`,
    )
    expect(lines.slice(5)).toEqual([...moved, 'unchanged'])
  })

  it('has the lock as soon as who had it gave it back', () => {
    const { lines } = clients(
      bench,
      shell,
      'as acquire a; (sleep 0.5; plan a | { use_plan "$(cat)"; verb_release a; }) & as acquire b 20; wait',
    )
    expect(lines).toEqual(['fact acquired 1', 'acquire a 0', 'fact acquired 2', 'acquire b 0'])
  })

  it('waits with its rollback for a deployment that is about to give way', () => {
    const { lines } = clients(
      bench,
      shell,
      `
as acquire a; as begin a; in_state a applied
NOW=131
as acquire b
(sleep 1; begin b; verb_release b) >/dev/null 2>&1 &
back_to_snapshot() { tx_holds a && echo 'a rolls back'; return 3; }
(open_transaction a; JOB=rollback; as job_rollback x)
wait
lock_over "$STATE_DIR/lock" && echo 'nobody has it'`,
    )
    expect(lines.slice(5)).toEqual(['a rolls back', 'job_rollback x 3', 'nobody has it'])
  })

  it('that has not ended cannot be held off: what ran before it comes first', () => {
    const { lines } = clients(
      bench,
      shell,
      `
as acquire a; as begin a; in_state a applied
NOW=131
person_hold 'by me' 2>&1 | sed 's/ First.*//'; as person_hold x
back_to_snapshot() { echo ROLLED; }
(open_transaction a; JOB=rollback; as job_rollback x)`,
    )
    expect(lines.slice(3)).toEqual([
      'Not held: deployment a has not ended (applied).',
      ...['person_hold x 75', 'ROLLED', 'job_rollback x 0'],
    ])
  })

  it('that had not reached its boundary is ended by a hold', () => {
    const { lines } = clients(
      bench,
      shell,
      `
as acquire a; as begin a; in_state a prefetched
NOW=131
person_hold 'by me' >/dev/null; read_state a; lock_over "$STATE_DIR/lock" || echo held
(open_transaction a; JOB=rollback; as job_rollback x)`,
    )
    expect(lines.slice(3)).toEqual(['unchanged', 'held', 'fact untouched', 'job_rollback x 0'])
  })

  it('whose state cannot be read may be unfinished', () => {
    const { lines } = clients(
      bench,
      shell,
      `
as acquire a; as begin a; : >"$STATE_DIR/transactions/a/state"
NOW=131
as acquire b; as begin b`,
    )
    expect(lines.slice(5)).toEqual(['fact unfinished a unreadable', 'begin b 1'])
  })

  it('keeps the lock while the host is looked at again', () => {
    const { lines } = clients(
      bench,
      shell,
      `
as acquire a; NOW=110
look_at_host() { until read_holder "$STATE_DIR/lock" && [ "\${holder_renewed##* }" = 110 ]; do sleep 0.1; done; echo looked; }
plan a | verb_preflight a`,
    )
    expect(lines.slice(2)).toEqual(['looked'])
  })

  it('takes the lock from a command that only uses what runs', () => {
    const { lines } = clients(
      bench,
      shell,
      `
as acquire a; as begin a; in_state a applied
NOW=131
lock_try "$STATE_DIR/lock" cron "$(holder_lines command 60 backup)"
back_to_snapshot() { tx_holds a && echo 'a rolls back'; }
(open_transaction a; JOB=rollback; as job_rollback x)
lock_holds "$STATE_DIR/lock" cron || echo 'cron does not have it'`,
    )
    expect(lines.slice(3)).toEqual(['a rolls back', 'job_rollback x 0', 'cron does not have it'])
  })

  it('is not abandoned in the middle of its rollback by what its dead client asked for', () => {
    const { lines } = clients(
      bench,
      shell,
      `
as acquire a; as begin a; in_state a rolling_back; mkdir "$TX_DIR/jobs/post-rollback"
setsid sleep 60 & rollback=$!
claim_job "$TX_DIR/jobs/post-rollback" "$rollback"
as verb_abandon a
kill "$rollback" && echo 'the rollback went on'
read_state a`,
    )
    expect(lines.slice(3)).toEqual(['verb_abandon a 65', 'the rollback went on', 'rolling_back'])
  })

  it('starts no job late: one that nobody wrote down sees that the transaction is being ended', () => {
    const { lines } = clients(
      bench,
      shell,
      `
as acquire a; as begin a; in_state a snapshotted; mkdir "$TX_DIR/jobs/x"
job_prefetch() { echo STARTED; }
(stop_other_jobs)
as run_job a x prefetch
cat "$TX_DIR/jobs/x/exit"; [ -s "$TX_DIR/jobs/x/pid" ] && echo 'known by its pid'`,
    )
    expect(lines.slice(3)).toEqual(['run_job a 0', '65', 'known by its pid'])
  })

  it('is ended by one that waits for the call in which its dead client left it', () => {
    const { lines } = clients(
      bench,
      shell,
      `
as acquire a; as begin a
snapshot_files() { :; }
inventory() { printf 'sha256:1\\tsha256:2\\n'; }
record_volumes() { :; }
snapshot_tags() { printf 'x:1\\tsha256:1\\ny:1\\tsha256:2\\n' >"$TX_DIR/snapshot/tags"; }
docker_write() {
  [ "$1" = create ] || return 0
  : >"$one/holding"
  until [ -e "$one/go" ]; do pause; done
  echo "HELD $5" >&3
}
release_images() { echo RELEASED >&3; }
exec 3>&1
(as verb_snapshot a) &
until [ -e "$one/holding" ]; do pause; done
(open_transaction a; JOB=post-rollback; job_rollback) &
until [ -e "$STATE_DIR/transactions/a/ending" ]; do pause; done
: >"$one/go"
wait
read_state a`,
    )
    expect(lines.slice(2)).toEqual([
      'begin a 0',
      'HELD closed-loop-hold-a-1',
      // What it had asked Docker for just then is given back, by whoever comes last.
      ...['RELEASED', 'verb_snapshot a 66', 'RELEASED', 'fact untouched', 'unchanged'],
    ])
  })

  it('has one rollback at work, and who asks for another waits for it and looks again', () => {
    const { lines } = clients(
      bench,
      shell,
      `
as acquire a; as begin a; in_state a applied
back_to_snapshot() {
  echo "$JOB begins at $(state)"
  until [ -e "$one/go" ]; do pause; done
  set_state rolled_back
  echo "$JOB ends"
}
setsid() { (open_transaction a; JOB=$5; job_rollback) >&3 2>/dev/null; printf '%s\\n' "$?" >"$TX_DIR/jobs/$5/exit"; }
exec 3>&1
as verb_start_job a rollback rollback
until [ -e "$one/.closed-loop/transactions/a/ending" ]; do pause; done
as verb_start_job a by-hand rollback
sleep 1
: >"$one/go"
wait
open_transaction a; cat "$TX_DIR/jobs/rollback/exit" "$TX_DIR/jobs/by-hand/exit"`,
    )
    expect(lines.slice(3)).toEqual([
      ...['verb_start_job a 0', 'rollback begins at applied', 'verb_start_job a 0', 'rollback ends'],
      ...['by-hand begins at rolled_back', 'by-hand ends', '0', '0'],
    ])
  })

  it('has a rollback that is asked for twice under one name once', () => {
    const { lines } = clients(
      bench,
      shell,
      `
as acquire a; as begin a; in_state a applied; mkdir "$TX_DIR/jobs/rollback"; ln -s rollback@1 "$TX_DIR/jobs/rollback/request"
setsid() { echo STARTED; }
as verb_start_job a rollback rollback@2
ls -A "$TX_DIR/jobs/rollback"`,
    )
    expect(lines.slice(3)).toEqual(['verb_start_job a 0', 'request'])
  })

  it('gives the lock back however its rollback ends, and leaves nobody who keeps it', () => {
    const { lines } = clients(
      bench,
      shell,
      `
as acquire a; as begin a; in_state a applied
back_to_snapshot() { sleep 60 & echo "$LOCK_KEEPER $!" >"$one/pids"; wait; }
(open_transaction a; JOB=rollback; job_rollback) &
job=$!
until [ -s "$one/pids" ]; do pause; done
read -r keeper sleeper <"$one/pids"
# As end_jobs does it.
kill "$job" "$sleeper"
wait "$job"
echo "ended $?"
lock_over "$STATE_DIR/lock" && echo 'nobody has it'
# Whoever adopted it takes a moment to notice its end.
for moment in 1 2 3 4 5 6 7 8; do ! kill -0 "$keeper" 2>/dev/null || pause; done
kill -0 "$keeper" 2>/dev/null && echo 'the keeper is there'`,
    )
    expect(lines.slice(3)).toEqual(['ended 143', 'nobody has it'])
  })
})
