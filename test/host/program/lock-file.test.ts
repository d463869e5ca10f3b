import { afterAll, describe, expect, it } from '@jest/globals'
import { itOf } from '../../support/jest/tiers.ts'
import { playedBench, playedClient } from './played-transaction.ts'
import { SHELLS } from './shells.ts'

// Debian's busybox has none.
const bench = playedBench({ flock: 'exec /usr/bin/flock "$@"' })
afterAll(() => bench[Symbol.dispose]())

/**
 * `locked` says whether somebody has the file. `others COMMAND` is the host's own loop: it has the file until `$one/go` is
 * there. `hold a SECONDS` starts the job of a transaction.
 */
const LOOP = `
FILE=$one/loop.lock
locked() { if flock -n "$FILE" true; then echo free; else echo locked; fi; }
freed() { freed_left=50; until flock -n "$FILE" true || [ "$freed_left" = 0 ]; do freed_left=$((freed_left - 1)); pause; done; locked; }
others() {
  rm -f "$one/go" "$one/took"
  flock "$FILE" sh -c ': >"$1/took"; until [ -e "$1/go" ]; do sleep 0.05; done' the-loop "$one" >/dev/null 2>&1 &
  others_job=$!
  until [ -e "$one/took" ]; do pause; done
}
hold() { verb_start_job "$1" lock-file-1 hold_lock_file "$2" </dev/null; }
facts() { cut -f 2- "$TX_DIR/jobs/lock-file-1/facts"; }
until_fact() { until_left=100; until facts | grep -q "^$1" || [ "$until_left" = 0 ]; do until_left=$((until_left - 1)); pause; done; }
holder_of() { read -r holder_pid _ <"$TX_DIR/jobs/$1/pid"; echo "$holder_pid"; }
journal_of() { cut -f 2 "$TX_DIR/journal" | grep 'lock file' | sed "s#$one#ONE#g"; }
`

describe.each(SHELLS)('the lock file of the host under %s', (shell) => {
  const client = (script: string) => playedClient(bench, shell, `${LOOP}\n${script}`)

  it('is created for everybody to read, held to the end of the transaction, and free then', () => {
    const { lines, stderr } = client(`
applied a 60; locked; stat -c %a "$FILE"; facts
job a rollback; done_job a rollback; read_state a; freed; strays
applied b 60; job b confirm; done_job b confirm; read_state b; freed; strays
begun c 60; hold c 5; until_fact holding; locked; verb_abandon c; locked; strays; free`)
    expect(stderr).toBe('')
    expect(lines).toEqual([
      ...['locked', '644', 'holding', 'rolled_back', 'free', '0'],
      ...['promoted', 'free', '0'],
      ...['locked', 'fact\tuntouched', 'free', '0', 'nobody has it'],
    ])
  })

  it('is waited for behind whoever has it, by name, and held then', () => {
    const { lines } = client(`
others; begun a 60; hold a 60; until_fact waiting; facts | sed "s#$one#ONE#g; s/^waiting\\t$others_job\\t/waiting\\tOTHERS\\t/"
: >"$one/go"; until_fact holding; facts | tail -n 1; locked; verb_abandon a; freed; strays`)
    expect(lines).toEqual([
      'waiting\tOTHERS\t\t/usr/bin/flock ONE/loop.lock sh -c : >"$1/took"; until [ -e "$1/go" ]; do sleep 0.05; done the-loop ONE ',
      ...['holding', 'locked', 'fact\tuntouched', 'free', '0'],
    ])
  })

  itOf('ci')('is told by the process that has it open, where the one that locked it has ended', () => {
    const { lines } = client(`
sh -c 'exec 9>"$1"; flock 9; : >"$2/took"; until [ -e "$2/go" ]; do sleep 0.05; done' idiom "$FILE" "$one" >/dev/null 2>&1 &
idiom=$!; until [ -e "$one/took" ]; do pause; done
begun a 60; hold a 60; until_fact waiting; facts | cut -f 2,4 | sed "s/^$idiom\\t/IDIOM\\t/" | cut -c 1-20
: >"$one/go"; until_fact holding; verb_abandon a`)
    expect(lines).toEqual(['IDIOM\tsh -c exec 9>"', 'fact\tuntouched'])
  })

  itOf('ci')('is given up after its time, and is no wait at all without any', () => {
    const { lines } = client(`
others; begun a 60; hold a 1; done_job a lock-file-1; exit_of a lock-file-1; facts | cut -f 1; verb_abandon a
begun b 60; hold b 0; done_job b lock-file-1; exit_of b lock-file-1; facts | cut -f 1; verb_abandon b
: >"$one/go"; wait "$others_job"; freed; strays`)
    expect(lines).toEqual([
      ...['75', 'waiting', 'fact\tuntouched', '75', 'waiting', 'fact\tuntouched'],
      ...['free', '0'],
    ])
  })

  itOf('ci')(
    'is neither held nor waited for by a client that is gone, whose lease is over before the boundary',
    () => {
      const { lines } = client(`
prepared a 3; locked; done_job a lock-file-1; freed; free
others; begun b 3; hold b 60; until_fact waiting; done_job b lock-file-1; exit_of b lock-file-1
: >"$one/go"; wait "$others_job"; freed; free; strays`)
      expect(lines).toEqual(['locked', 'free', 'nobody has it', '75', 'free', 'nobody has it', '0'])
    },
  )

  it('is free within a moment where the job that held it is killed, and the boundary is not crossed then', () => {
    const { lines } = client(`
prepared a 60; kill -KILL "$(holder_of lock-file-1)"; freed
job a apply; done_job a apply; exit_of a apply; facts_of a apply | grep refused; read_state a; verb_abandon a; strays`)
    expect(lines).toEqual([
      ...['free', '10', 'fact\trefused\tlock_file_lost', 'prefetched', 'fact\tuntouched', '0'],
    ])
  })

  it('is taken again by the guard past the boundary, held while it rolls back, and free after that', () => {
    const { lines } = client(`
echo 'restore_everything() { until [ -e "$one/go" ]; do pause; done; echo old >"$one/runs"; }' >"$one/plays"
applied a 12; kill_job a lock-file-1
until lock_file_held; do heartbeat; pause; done; locked; journal_of
until [ "$(read_state a)" = rolling_back ]; do pause; done; locked
: >"$one/go"; ended a; read_state a; freed; strays`)
    expect(lines).toEqual([
      'locked',
      'the job that held the lock file ONE/loop.lock was killed: another one takes it',
      ...['locked', 'rolled_back', 'free', '0'],
    ])
  })

  itOf('ci')(
    'is waited for by a rollback whose guard and holder were killed, which in the end goes on without it',
    () => {
      const { lines } = client(`
echo LOCK_FILE_SECONDS=4 >"$one/plays"
applied a 60; kill_job a guard; kill_job a lock-file-1; others
job a rollback; done_job a rollback; read_state a; journal_of; locked
: >"$one/go"; wait "$others_job"; freed; strays
echo LOCK_FILE_SECONDS=400 >"$one/plays"
applied b 60; kill_job b guard; kill_job b lock-file-1; others
job b rollback; sleep 1; sleep 1; read_state b; : >"$one/go"
done_job b rollback; read_state b; journal_of; freed; strays`)
      const killed = 'the job that held the lock file ONE/loop.lock was killed: another one takes it'
      expect(lines).toEqual([
        ...['rolled_back', killed, 'goes on without the lock file ONE/loop.lock', 'locked', 'free', '0'],
        ...['applied', 'rolled_back', killed, 'free', '0'],
      ])
    },
  )

  itOf('ci')('is taken anew where somebody removes or replaces it', () => {
    const { lines } = client(`
prepared a 60; rm "$FILE"; until_fact replaced; until lock_file_held; do pause; done; locked
echo 1 >"$one/new"; mv "$one/new" "$FILE"; until [ "$(facts | grep -c replaced)" = 2 ] && lock_file_held; do pause; done; locked
journal_of | uniq -c | sed 's/^ *//'
job a apply; done_job a apply; read_state a; job a rollback; done_job a rollback; read_state a; freed; strays`)
    expect(lines).toEqual([
      'locked',
      'locked',
      '2 somebody removed or replaced the lock file ONE/loop.lock: the new one is taken',
      ...['applied', 'rolled_back', 'free', '0'],
    ])
  })

  itOf('ci')('is given back where only a person can help, and when a person keeps what runs', () => {
    const { lines } = client(`
echo 'foreign_state() { printf "env\\tKEY\\n"; }' >"$one/plays"
applied a 60; kill_job a guard; job a recover; done_job a recover; exit_of a recover; read_state a; freed
rm "$one/plays"
CLOSED_LOOP_LIBRARY= sh "$STATE_DIR/host.sh" rollback a | tail -n 1 | cut -c 1-5; read_state a; freed
applied b 60; kill_job b guard; locked; CLOSED_LOOP_LIBRARY= sh "$STATE_DIR/host.sh" keep b | cut -c 1-5; read_state b; freed; strays`)
    expect(lines).toEqual([
      ...['67', 'applied', 'free', 'Done:', 'rolled_back', 'free'],
      ...['locked', 'Kept:', 'kept', 'free', '0'],
    ])
  })

  itOf('ci')('may be a directory, or a file that can only be read; what else is said', () => {
    const { lines } = client(`
mkdir "$one/d"; : >"$one/f"; mkfifo "$one/p"
for LOCK_FILE in "$one/d" "$one/f" "$one/new" "$one/p" "$one/none/x"; do echo "\${LOCK_FILE##*/}: $(lock_file_trouble | sed "s#$one#ONE#g")"; done
FILE=$one/d; prepared a 60; locked; verb_abandon a; freed
FILE=$one/none/x; begun b 60; hold b 5; done_job b lock-file-1; exit_of b lock-file-1; sed "s#$one#ONE#g" "$TX_DIR/jobs/lock-file-1/out"; verb_abandon b`)
    expect(lines).toEqual([
      ...['d: ', 'f: ', 'new: ', 'p: it is neither a file nor a directory'],
      ...['x: the directory ONE/none does not exist', 'locked', 'fact\tuntouched', 'free', '1'],
      'the lock file ONE/none/x cannot be opened: the directory ONE/none does not exist',
      'fact\tuntouched',
    ])
  })

  it('stays the very file where a rollback restores the directory that holds it', () => {
    const { lines } = client(`
LOCK_FILE=$one/models/a/loop.lock tree_at=$one/models tree_copy=$one/copy
mkdir -p "$one/models/a"; echo new >"$one/models/m"; : >"$LOCK_FILE"; cp -a "$one/models" "$tree_copy"; echo old >"$tree_copy/m"
inode=$(stat -c %i "$LOCK_FILE"); keep_lock_file_in_place && put_at "$tree_copy" "$tree_at" "$one/aside"
cat "$one/models/m"; [ "$(stat -c %i "$LOCK_FILE")" = "$inode" ] && echo same
tree_at=$one/other; keep_lock_file_in_place && LOCK_FILE= && keep_lock_file_in_place && echo nothing`)
    expect(lines).toEqual(['old', 'same', 'nothing'])
  })
})
