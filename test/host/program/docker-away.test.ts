import { afterAll, describe, expect, it } from '@jest/globals'
import { itOf } from '../../support/jest/tiers.ts'
import { playedBench, playedClient } from './played-transaction.ts'
import { SHELLS } from './shells.ts'

const bench = playedBench()
afterAll(() => bench[Symbol.dispose]())

/**
 * Docker answers once the jobs but the guard have slept so many seconds as stand in `$one/answers-at`, which takes no time.
 * `away SECONDS`: more than any wait of the host program was ever long. `slept`: whether they did, and the longest of them.
 */
const AWAY = `
cat >"$one/plays" <<'PLAYS'
sleep() { [ "\${JOB-guard}" = guard ] || echo "$1" >>"$one/slept"; command sleep 0.02; }
seconds() { awk '{ sum += $1 } END { print int(sum) }' "$one/slept"; }
docker_answers() {
  [ "$(seconds)" -ge "$(cat "$one/answers-at")" ] || { : >"$one/down"; return 1; }
  rm -f "$one/down"
}
away() { : >"$one/down"; : >"$one/slept"; echo "\${1-1000}" >"$one/answers-at"; }
inventory() { [ ! -e "$one/down" ]; }
still_ready() { inventory; }
restore_everything() { inventory && echo old >"$one/runs"; }
PLAYS
echo 0 >"$one/answers-at"; : >"$one/slept"
away() { : >"$one/down"; : >"$one/slept"; echo "\${1-1000}" >"$one/answers-at"; }
slept() { awk -v wanted="$(cat "$one/answers-at")" '{ sum += $1; if ($1 > most) most = $1 } END { print (sum >= wanted ? "long" : sum), most }' "$one/slept"; }
CLOSED_LOOP_LIBRARY=
orphan() { kill_job "$1" guard; tx_release "$1"; }
recover() { sh "$STATE_DIR/host.sh" recover "$@" 2>&1 | sed "s#$STATE_DIR#STATE#g"; }
`

describe.each(SHELLS)('a dockerd that is away for hours, under %s', (shell) => {
  const client = (script: string) => playedClient(bench, shell, AWAY + script)

  itOf('ci')('is waited for by the guard, ever more slowly, and then what ran before comes back', () => {
    const { lines } = client(`
applied a 200; away 4000
ended a; read_state a; runs; slept; free; strays
grep -c 'Docker does not answer' "$TX_DIR/journal"; ls "$TX_DIR/jobs" | grep guard-`)
    expect(lines).toEqual(['rolled_back', 'old', 'long 60', 'nobody has it', '0', '1', 'guard-1'])
  })

  it('goes away more often than a rollback has tries, and costs it none', () => {
    const { lines } = client(`
applied a 9999
cat >>"$one/plays" <<'PLAYS'
docker_answers() { ! [ -e "$one/down" ] || { rm "$one/down"; return 1; }; }
restore_everything() {
  echo cut >>"$one/cuts"
  [ "$(wc -l <"$one/cuts")" -gt 20 ] || { : >"$one/down"; return 1; }
  echo old >"$one/runs"
}
PLAYS
job a rollback; done_job a rollback; exit_of a rollback; read_state a; runs`)
    expect(lines).toEqual(['0', 'rolled_back', 'old'])
  })

  it('is waited for after a restart of the host', () => {
    const { lines } = client(`
applied a 9999; orphan a; away
recover --at-boot | tail -n 1; read_state a; runs; slept; tail -n 1 "$TX_DIR/journal" | cut -f 2`)
    expect(lines).toEqual([
      'Done: what ran before deployment a runs again; the containers of project shop equal the snapshot.',
      ...['rolled_back', 'old', 'long 60', 'ended after a restart of the host: rolled_back'],
    ])
  })

  it('takes nothing out that the gate had passed: a confirmation is carried forward when it is back', () => {
    const { lines } = client(`
applied a 9999; printf 'id\\tthen\\tsha256:1\\tapp\\n' >"$TX_DIR/ready"; set_state confirming; orphan a
cat >>"$one/plays" <<'PLAYS'
still_set() { [ -e "$one/was-away" ] || { : >"$one/was-away"; away; }; }
PLAYS
recover >/dev/null; read_state a; runs; slept`)
    expect(lines).toEqual(['promoted', 'new', 'long 60'])
  })

  it('cannot be asked what is foreign, and that is waited for too', () => {
    const { lines } = client(`
applied a 9999; orphan a
cat >>"$one/plays" <<'PLAYS'
foreign_state() { [ -e "$one/was-away" ] || { : >"$one/was-away"; away; }; inventory; }
PLAYS
recover >/dev/null; read_state a; runs; slept`)
    expect(lines).toEqual(['rolled_back', 'old', 'long 60'])
  })

  it('makes no failure of a rollback that had ended well, and is asked for again', () => {
    const { lines } = client(`
applied a 9999; job a first rollback; done_job a first
echo 'still_rolled_back() { inventory && fact rolled_back; }' >>"$one/plays"; away
job a again rollback; done_job a again; exit_of a again; facts_of a again; slept`)
    expect(lines).toEqual(['0', 'fact\trolled_back', 'long 60'])
  })

  it('is told to a person who waits for it', () => {
    const { lines } = client(`
applied a 9999; orphan a; away
sh "$STATE_DIR/host.sh" rollback a`)
    expect(lines).toEqual([
      'Rolling back transaction a …',
      'Docker does not answer: waiting for it, for as long as it takes. The job goes on if you leave now.',
      'Done: what ran before deployment a runs again; the containers of project shop equal the snapshot.',
    ])
  })
})

describe.each(SHELLS)('after a restart of the host, under %s', (shell) => {
  const client = (script: string) => playedClient(bench, shell, AWAY + script)

  it('who has the project is waited for until the transaction has its end', () => {
    const { lines } = client(`
applied a 9999; orphan a; echo 'RETAKE_SECONDS=0' >>"$one/plays"
lock_try "$STATE_DIR/lock" person "$(holder_lines hold 0 'by me')"
recover --at-boot >"$one/said" & boot=$!
until [ "$(grep -c 'Nothing was done' "$one/said")" -ge 2 ]; do pause; done
read_state a; person_release >/dev/null; wait "$boot"; read_state a; runs
tail -n 1 "$TX_DIR/journal" | cut -f 2; grep -c 'after a restart of the host' "$TX_DIR/journal"`)
    expect(lines).toEqual([
      ...['applied', 'rolled_back', 'old', 'ended after a restart of the host: rolled_back', '1'],
    ])
  })

  it('a recovery that dies is begun again; what failed for good is left, and told once', () => {
    const { lines } = client(`
NOTIFY='echo told >>"$PWD/told"'
applied a 9999; orphan a; echo 2 >"$TX_DIR/lease"
cat >>"$one/plays" <<'PLAYS'
restore_everything() {
  [ -e "$one/died" ] || { : >"$one/died"; kill -KILL $(session_pids $$); }
  echo tried >>"$one/tries"; return 1
}
keep_policies() { :; }
PLAYS
recover --at-boot >/dev/null; read_state a; wc -l <"$one/tries"; cat "$one/told"`)
    expect(lines).toEqual(['rollback_failed', '3', 'told'])
  })

  it('what a person has to decide is told once, and not waited for', () => {
    const { lines } = client(`
NOTIFY='echo told >>"$PWD/told"'
applied a 9999; orphan a
echo 'foreign_state() { printf "env\\tAI_TRADE_IMAGE\\n"; }' >>"$one/plays"
recover --at-boot >/dev/null; read_state a; cat "$one/told"; tail -n 1 "$TX_DIR/journal" | cut -f 2`)
    expect(lines).toEqual(['applied', 'told', 'not ended after a restart of the host: applied'])
  })
})
