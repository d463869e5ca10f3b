import { afterAll, describe, expect, it } from '@jest/globals'
import { playedBench, playedClient } from './played-transaction.ts'
import { SHELLS } from './shells.ts'

const bench = playedBench()
afterAll(() => bench[Symbol.dispose]())

describe.each(SHELLS)('a full disk under %s', (shell) => {
  const client = (script: string) => playedClient(bench, shell, script)

  it('lets no deployment cross its boundary', () => {
    const { lines } = client(`
echo 'RESERVE_BYTES=1000000000000; head() { return 1; }' >"$one/plays"
prepared a 60; job a apply; done_job a apply
exit_of a apply; facts_of a apply | cut -f 2,3; read_state a; runs; ls "$TX_DIR" | grep -e reserve -e boot; strays`)
    expect(lines).toEqual(['10', 'refused\tno_space', 'prefetched', 'old', '0'])
  })

  it('finds real bytes kept for a rollback, which has them before anything else', () => {
    const { lines } = client(`
applied a 60; gzip -c "$TX_DIR/reserve" | wc -c | sed 's/^[0-9]\\{7\\}$/whole/'
echo 'own_lock() { ls "$TX_DIR" | grep reserve >"$one/kept"; }' >>"$one/plays"
job a rollback; done_job a rollback; cat "$one/kept"; kill_job a guard`)
    expect(lines).toEqual(['whole'])
  })

  it('stops no rollback: that it began, and its journal, are left out where they cannot be written down', () => {
    const { lines } = client(`
applied a 60
cat >>"$one/plays" <<'END'
set_state() {
  [ "$1" = rolled_back ] || return 1
  echo "$1" >"$TX_DIR/state"
}
journal() { return 1; }
END
job a rollback; done_job a rollback; exit_of a rollback; read_state a; runs; free`)
    expect(lines).toEqual(['0', 'rolled_back', 'old', 'nobody has it'])
  })

  it('leaves the state whole, and a line of the journal that was cut short by itself', () => {
    const { lines } = client(`
prepared a 60; printf '2026-01-01T00:00:00Z\\tpref' >>"$TX_DIR/journal"
set_state applying; cut -f 2 "$TX_DIR/journal"
sync() { return 1; }
durable() { return 1; }
set_state applied; echo "$?"; read_state a
durable() { :; }
journal() { return 1; }
set_state confirming; echo "$?"; read_state a`)
    expect(lines).toEqual(['begun', 'prefetched', 'pref', 'applying', '1', 'applying', '0', 'confirming'])
  })
})

/** A disk of two mebibytes that really is full, where this machine lets one be made. */
const SMALL_DISK = `
disk=$1/one; mkdir -p "$disk"
mount -t tmpfs -o size=4m tmpfs "$disk" || { echo no disk; exit; }
`

describe.each(SHELLS)('a disk that is full indeed, under %s', (shell) => {
  const onSmallDisk = (script: string) =>
    playedClient(bench, shell, `${SMALL_DISK}\n${script}\numount "$disk" || { sleep 2; umount -l "$disk"; }`)

  it('is no obstacle to the guard', () => {
    const { lines } = onSmallDisk(`
applied a 8; cp "$PLAYED_PROGRAM" "$1/keep"
cat /dev/zero >"$one/filler" 2>/dev/null; df -k "$one" | awk 'NR == 2 { print "free " $4 }'
ended a; read_state a; runs; cut -f 2 "$TX_DIR/journal" | tail -n 1`)
    expect(lines).toEqual(['free 0', 'rolled_back', 'old', 'the guard ended it: rolled_back'])
  })

  it('keeps nobody from hearing that nothing was crossed, and nothing comes after that', () => {
    const { lines } = onSmallDisk(`
prepared a 60; cat /dev/zero >"$one/filler" 2>/dev/null
verb_abandon a 2>/dev/null | cut -f 1,2; rm "$one/filler"
job a apply | cut -f 1,2; ls "$TX_DIR/jobs" | grep apply; runs`)
    expect(lines).toEqual(['fact\tuntouched', 'fact\tholder', 'old'])
  })

  it('keeps no client from being heard', () => {
    const { lines } = onSmallDisk(`
applied a 8
(while :; do cat /dev/zero >>"$one/filler"; done) 2>/dev/null &
filler=$!
# The client's own, not the one that is played here.
CLOSED_LOOP_LIBRARY=yes sh -c '. "$0"; STATE_DIR=$1; open_transaction a
for second in 1 2 3 4 5 6 7 8 9 10 11 12; do heartbeat; [ -s "$TX_DIR/heard" ] || echo "not heard"; sleep 1; done' "$PLAYED_PROGRAM" "$STATE_DIR"
kill "$filler"; read_state a; runs; kill_job a guard`)
    expect(lines).toEqual(['applied', 'new'])
  })

  it('keeps no rollback from ending the other jobs, and from putting back', () => {
    const { lines } = onSmallDisk(`
applied a 60; echo 'job_watch() { command sleep 100; }' >>"$one/plays"; job a watch
echo 'restore_everything() { echo "restores" >>"$one/../log"; rm -f "$one/filler"; echo old >"$one/runs"; }' >>"$one/plays"
cat /dev/zero >"$one/filler" 2>/dev/null
job a rollback; ended a; cat "$1/log"; read_state a; runs`)
    expect(lines).toEqual(['restores', 'rolled_back', 'old'])
  })

  it('hides no job: it is known by its process, followed and ended like any other', () => {
    const { lines } = onSmallDisk(`
applied a 60; echo 'job_watch() { command sleep 100; }' >>"$one/plays"; cat /dev/zero >"$one/filler" 2>/dev/null
job a watch; job_alive "$TX_DIR/jobs/watch" && echo alive; verb_follow a 1 prefetch ended ended apply ended ended guard ended ended | grep -c ended
verb_stop_job a watch; job_alive "$TX_DIR/jobs/watch" || echo ended; pgrep -f "^sh $STATE_DIR/bin/.* job a watch" | wc -l
rm "$one/filler"; kill_job a guard`)
    expect(lines).toEqual(['alive', '0', 'ended', '0'])
  })

  it('lets no two rollbacks be at work at once', () => {
    const { lines } = onSmallDisk(`
applied a 60
cat >>"$one/plays" <<END
restore_everything() { echo "\\$JOB in" >>"$1/log"; command sleep 2; echo "\\$JOB out" >>"$1/log"; echo old >"$one/runs"; }
END
(while [ ! -e "$1/over" ]; do cat /dev/zero >>"$one/filler"; done) 2>/dev/null &
filler=$!; until [ "$(df -k "$one" | awk 'NR == 2 { print $4 }')" = 0 ]; do pause; done
job a rollback; command sleep 1; job a by-hand rollback; command sleep 3; : >"$1/over"; wait "$filler"; rm -f "$one/filler"
ended a; head -n 2 "$1/log"`)
    expect(lines).toEqual(['rollback in', 'rollback out'])
  })

  it('lets no job be heard to have ended without what it said', () => {
    const { lines } = onSmallDisk(`
applied a 60; job a confirm; done_job a confirm
job a post-rollback rollback; done_job a post-rollback
cat /dev/zero >"$one/filler" 2>/dev/null
verb_follow a 1 prefetch ended ended apply ended ended guard ended ended confirm ended ended post-rollback 0 0 | grep .`)
    expect(lines).toEqual(['job\tpost-rollback\tpromoted', 'fact\tended\tpost-rollback\t0'])
  })

  it('does not end the guard, which has its turn once there is room', () => {
    const { lines } = playedClient(
      bench,
      shell,
      `
disk=$1/one; mkdir -p "$disk"
mount -t tmpfs -o size=8m,nr_inodes=200 tmpfs "$disk" || { echo no disk; exit; }
applied a 6; rm -f "$TX_DIR/reserve"; mkdir "$one/filler"
number=0; while (: >"$one/filler/$number") 2>/dev/null; do number=$((number + 1)); done
command sleep 4; job_alive "$TX_DIR/jobs/guard" || echo "the guard is dead"
rm -rf "$one/filler"; ended a; read_state a; runs
umount "$disk" || { sleep 2; umount -l "$disk"; }`,
    )
    expect(lines).toEqual(['rolled_back', 'old'])
  })

  it('confirms nothing by a list of boots that was cut short', () => {
    const { lines } = playedClient(
      bench,
      shell,
      `
applied a 60; kill_job a guard; still_ready() { echo looked; return 1; }
cat() { [ $# -gt 0 ] || { command head -c 10; return 1; }; command cat "$@"; }
printf 'id\\tthen\\n' | job_confirm; echo "$?"`,
    )
    expect(lines).toEqual(['1'])
  })

  it('lets nothing begin', () => {
    const { lines } = onSmallDisk(`
prepared a 60; head -c 3000000 /dev/zero >"$one/filler" 2>/dev/null
job a apply; done_job a apply; facts_of a apply | cut -f 2,3; read_state a; runs; ls "$TX_DIR" | grep reserve`)
    expect(lines).toEqual(['refused\tno_space', 'prefetched', 'old'])
  })
})
