import { afterAll, describe, expect, it } from '@jest/globals'
import { playedBench, playedClient } from './played-transaction.ts'
import { SHELLS } from './shells.ts'

const bench = playedBench()
afterAll(() => bench[Symbol.dispose]())

const MANY = `
there() { # ID NUMBER STATE
  TX_DIR=$STATE_DIR/transactions/$1; mkdir -p "$TX_DIR/jobs"; plan >"$TX_DIR/plan"; echo "$2" >"$TX_DIR/lock-number"; : >"$TX_DIR/journal"
  [ -z "$3" ] || echo "$3" >"$TX_DIR/state"
}
mkdir -p "$STATE_DIR/transactions"
release_images() { echo released $1; }
kept() { ls "$STATE_DIR/transactions" | tr '\\n' ' '; echo; }
begin() { plan | verb_acquire "$1" 30 0 >/dev/null; plan | verb_begin "$1" played 30; echo "begin $?"; }
`

describe.each(SHELLS)('what is kept under %s', (shell) => {
  const client = (script: string) => playedClient(bench, shell, MANY + script)

  it('is the last five, the last two promoted ones, and what may not go', () => {
    const { lines, stderr } = client(`
mkdir -p "$STATE_DIR/lock"; printf 'token\\tx\\n' >"$STATE_DIR/lock/19"
there t0 0 promoted; there t1 1 promoted; there t2 2 rolled_back; there t3 3 rollback_failed; : >"$TX_DIR/policies"; : >"$TX_DIR/tried-again"
there t4 4 promoted; there t5 5 unchanged; there t6 6 ''
there t7 7 rolled_back; mkdir "$TX_DIR/jobs/x"; sleep 30 & claim_job "$TX_DIR/jobs/x" "$!"
there t10 10 unchanged; there t11 11 rolled_back; there t12 12 unchanged; there t13 13 unchanged
begin new; kept; kill $!`)
    expect(stderr).toBe('')
    expect(lines).toEqual(['released t6 t5 t2 t0', 'begin 0', 'new t1 t10 t11 t12 t13 t3 t4 t7 '])
  })

  it('is of those that go what their releases were of, the latest last', () => {
    const { lines } = client(`
mkdir -p "$STATE_DIR/lock"; printf 'token\\tx\\n' >"$STATE_DIR/lock/19"; printf 't\\tK\\tapp:0\\t0\\n' >"$STATE_DIR/old-images"
for n in 1 2 3 4; do
  there "t$n" "$n" promoted; printf 'image\\tK\\tapp:%s\\n' "$n" >>"$TX_DIR/plan"; printf 'app:%s\\t%s\\n' "$n" "$n" >"$TX_DIR/new-images"
done
for n in 5 6 7 8; do there "t$n" "$n" unchanged; done
begin new; cat "$STATE_DIR/old-images"`)
    expect(lines).toEqual([
      ...['released t2 t1', 'begin 0', 't\tK\tapp:0\t0', 't1\tK\tapp:1\t1', 't2\tK\tapp:2\t2'],
    ])
  })

  it('is what a manual rollback returns to, however old', () => {
    const { lines } = client(`
mkdir -p "$STATE_DIR/lock"; printf 'token\\tx\\n' >"$STATE_DIR/lock/19"
for n in 1 2 3 4 5 6; do there "t$n" "$n" promoted; done
plan() { printf 'project_dir\\t%s\\nenv_file\\t.env\\ncompose_file\\tc.yml\\nproject_name\\tshop\\nreturns_to\\tt2\\n' "$one"; }
begin new; kept`)
    expect(lines).toEqual(['released t1', 'begin 0', 'new t2 t3 t4 t5 t6 '])
  })

  it('is what somebody kept, so that nothing before it is put back behind that', () => {
    const { lines } = client(`
mkdir -p "$STATE_DIR/lock"; printf 'token\\tx\\n' >"$STATE_DIR/lock/19"
there t1 1 rollback_failed; : >"$TX_DIR/policies"; : >"$TX_DIR/tried-again"
there t2 2 kept; echo t1 >"$TX_DIR/earlier"
for n in 3 4 5 6 7 8; do there "t$n" "$n" unchanged; done
begin new; kept; unfinished again`)
    expect(lines).toEqual(['released t4 t3', 'begin 0', 'new t1 t2 t5 t6 t7 t8 '])
  })

  it('is what a rollback that failed may still go back to', () => {
    const { lines } = client(`
mkdir -p "$STATE_DIR/lock"; printf 'token\\tx\\n' >"$STATE_DIR/lock/19"
there t1 1 rollback_failed; : >"$TX_DIR/tried-again"
for n in 2 3 4 5 6; do there "t$n" "$n" unchanged; done
begin new; kept`)
    expect(lines).toEqual(['released t2', 'begin 0', 'new t1 t3 t4 t5 t6 '])
  })

  it('is what a transaction began with, and nothing that a check left', () => {
    const { lines } = client(`
there t1 1 promoted; echo used >"$TX_DIR/program"
mkdir -p "$STATE_DIR/bin"
for name in used unused waits current; do echo "$name" >"$STATE_DIR/bin/$name.sh"; done
ln -s bin/current.sh "$STATE_DIR/host.sh"
echo secret >"$STATE_DIR/env.4711"; echo secret >"$STATE_DIR/env.4712"
find "$STATE_DIR/bin" "$STATE_DIR"/*.4711 -exec touch -d '2026-01-01 00:00:00' {} +
waits=$(hash_of "$STATE_DIR/bin/waits.sh"); mv "$STATE_DIR/bin/waits.sh" "$STATE_DIR/bin/$waits.sh"
verb_installed "$waits"; keep_programs; mv "$STATE_DIR/bin/$waits.sh" "$STATE_DIR/bin/waits.sh"
ls "$STATE_DIR/bin"; ls "$STATE_DIR"`)
    expect(lines.filter((line) => /^(used|unused|waits|current)|^env/.test(line))).toEqual([
      ...['current.sh', 'used.sh', 'waits.sh'],
      'env.4712',
    ])
  })

  it('is everything where there is little, and nobody asks Docker', () => {
    const { lines } = client(`
there t1 1 promoted; there t2 2 promoted; there t3 3 unchanged
begin new; kept`)
    expect(lines).toEqual(['begin 0', 'new t1 t2 t3 '])
  })

  it('is what cannot be removed: it is written down, and stops nothing', () => {
    const { lines } = client(`
for n in 1 2 3 4 5 6; do there "t$n" "$n" unchanged; done
mkdir -p "$STATE_DIR/lock"; printf 'token\\tx\\n' >"$STATE_DIR/lock/9"
rm() { return 1; }
begin new; cut -f 2 "$STATE_DIR/transactions/new/journal"`)
    expect(lines).toEqual([
      ...['released t2 t1', 'begin 0', 'begun'],
      ...['transaction t2 could not be removed', 'transaction t1 could not be removed'],
    ])
  })
})
