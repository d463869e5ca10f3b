import { afterAll, describe, expect, it } from '@jest/globals'
import { playedBench, playedClient } from './played-transaction.ts'
import { SHELLS } from './shells.ts'

const bench = playedBench()
afterAll(() => bench[Symbol.dispose]())

/** `app` ran when the confirmation began, and has crashed since: the second look finds it; a later look finds it well. */
const CRASHED = `
still_ready() {
  [ -e "$one/looked" ] || { : >"$one/looked"; return 0; }
  [ ! -e "$one/well" ] || return 0
  fact problem lost app restarted 1
  return 1
}
carried_ready() { :; }
`

/** What is left of a transaction whose guard is dead, and whose lease is over. */
const LEFT = `
CLOSED_LOOP_LIBRARY=
recover() { sh "$STATE_DIR/host.sh" recover "$@" 2>&1; }
orphan() { kill_job "$1" guard; tx_release "$1"; }
`

describe.each(SHELLS)('a confirmation that refused, under %s', (shell) => {
  const client = (script: string) => playedClient(bench, shell, LEFT + script)

  it('is ended by the guard with what ran before, however well the release is by then', () => {
    const { lines } = client(`
cat >"$one/plays" <<'PLAYS'
${CRASHED}
PLAYS
applied a 6; job a confirm; done_job a confirm; : >"$one/well"
exit_of a confirm; read_state a; facts_of a confirm | cut -f 2-
ended a; read_state a; runs; free; strays`)
    expect(lines).toEqual([
      ...['1', 'applied', 'problem\tlost\tapp\trestarted\t1'],
      ...['rolled_back', 'old', 'nobody has it', '0'],
    ])
  })

  it('is no confirmation for whoever comes later, where it died between its verdict and the state', () => {
    const { lines } = client(`
cat >"$one/plays" <<'PLAYS'
${CRASHED}
refuse_confirmation() { [ -e "$one/well" ] || { : >"$one/refused"; command sleep 60; }; }
PLAYS
applied a 60; job a confirm
until [ -e "$one/refused" ]; do pause; done
: >"$one/well"; kill_job a confirm; read_state a
orphan a; recover | tail -n 1 | cut -d : -f 1; read_state a; runs`)
    expect(lines).toEqual(['confirming', 'Done', 'rolled_back', 'old'])
  })

  it('is none once whoever carries it forward refuses it, also after a power cut', () => {
    const { lines } = client(`
cat >"$one/plays" <<'PLAYS'
still_ready() { [ ! -e "$one/crashed" ] || return 1; }
deferred_back() { confirm_now=; [ -e "$one/crashed" ] || { : >"$one/first"; command sleep 60; }; }
back_to_snapshot() { : >"$one/second"; command sleep 60; }
PLAYS
applied a 60; job a confirm; until [ -e "$one/first" ]; do pause; done
kill_job a confirm; : >"$one/crashed"; orphan a; read_state a
setsid sh "$STATE_DIR/host.sh" recover >/dev/null 2>&1 &
until [ -e "$one/second" ]; do pause; done
read_state a
for job in "$TX_DIR"/jobs/recover-*; do kill_job a "\${job##*/}"; done`)
    expect(lines).toEqual(['confirming', 'applied'])
  })

  it('is none where the disk had no room for the state', () => {
    const { lines } = client(`
cat >"$one/plays" <<'PLAYS'
${CRASHED}
set_state() {
  [ "$1" != applied ] || [ "$(state)" != confirming ] || return 1
  printf '%s\\n' "$1" >"$TX_DIR/state"
}
PLAYS
applied a 60; job a confirm; done_job a confirm; read_state a; : >"$one/well"
rm "$TX_DIR/jobs/confirm/exit"; orphan a; recover >/dev/null; read_state a; runs`)
    expect(lines).toEqual(['confirming', 'rolled_back', 'old'])
  })

  it('is not promoted where a rollback was asked for, and died before it could write anything down', () => {
    const { lines } = client(`
cat >"$one/plays" <<'PLAYS'
deferred_back() { confirm_now=; [ -e "$one/go" ] || { : >"$one/first"; command sleep 60; }; }
restore_everything() { [ -e "$one/go" ] || { : >"$one/second"; command sleep 60; }; echo old >"$one/runs"; }
set_state() { [ "$1" != rolling_back ] || [ -e "$one/go" ] || return 1; printf '%s\\n' "$1" >"$TX_DIR/state"; }
carried_ready() { :; }
PLAYS
applied a 60; job a confirm; until [ -e "$one/first" ]; do pause; done
job a rollback; until [ -e "$one/second" ]; do pause; done
kill_job a rollback; read_state a; : >"$one/go"
orphan a; recover >/dev/null; read_state a; runs`)
    expect(lines).toEqual(['confirming', 'rolled_back', 'old'])
  })

  it('takes no state back that it has won: a promotion stays one', () => {
    const { lines } = client(`
echo 'print_containers() { return 1; }' >"$one/plays"
applied a 60; job a confirm; done_job a confirm; exit_of a confirm; read_state a`)
    expect(lines).toEqual(['1', 'promoted'])
  })
})

describe.each(SHELLS)('the containers that a confirmation was given, under %s', (shell) => {
  const client = (script: string) => playedClient(bench, shell, LEFT + script)

  /** The release as it runs now; `confirmed BOOT…` was confirmed in the boot that is now, or in another. */
  const NOW = `
applied a 60; kill_job a guard; set_state confirming
printf 'id\\tthen\\tsha256:1\\tapp\\n' >"$TX_DIR/ready"
line() { printf 'shop-app-1\\tapp\\t1\\tFalse\\tsha256:1\\tr:1\\t%s\\t%s\\talways:0\\tx\\t%s\\t%s\\t0\\t%s\\tfalse\\tlasting\\t-\\n' "$1" "$2" "$3" "$4" "\${5-0}"; }
inventory() { cat "$one/now"; }
container_lines() { grep -e "$TAB$1$TAB" "$one/now"; }
deferred_back() { confirm_now=; }
still_set() { :; }
release_images() { :; }
health_patience() { echo 0; }
this_boot() { boot_clock; printf '%s\\n' "$BOOT_CLOCK" >"$TX_DIR/ready-clock"; }
carry() { carried_forward >/dev/null 2>&1 && echo promoted || echo not; tx_retake; set_state confirming; }
`

  it('are the only ones that it is carried forward with, as long as the host was not restarted', () => {
    const { lines } = client(`${NOW}
this_boot
line running healthy id then >"$one/now"; carry
line running healthy id later >"$one/now"; carry
line running healthy id-2 then >"$one/now"; carry
line running unhealthy id then >"$one/now"; carry
rm "$TX_DIR/ready-clock"; line running healthy id later >"$one/now"; carry`)
    expect(lines).toEqual(['promoted', 'not', 'not', 'not', 'not'])
  })

  it('are looked at again where one look had no answer, and given up after several', () => {
    const { lines } = client(`${NOW}
echo another-boot 7 >"$TX_DIR/ready-clock"; line running healthy id later >"$one/now"
docker_answers() { :; }; back_to_snapshot() { echo back; }; sleep() { :; }
inventory() { echo look >>"$one/looks"; [ "$(wc -l <"$one/looks")" -ne "$silent" ] && cat "$one/now"; }
whole() { : >"$one/looks"; carried_or_back 2>/dev/null; tx_retake; set_state confirming; }
for silent in 1 2 3 4; do whole; read_state a; done
inventory() { echo look >>"$one/looks"; return 1; }; whole; wc -l <"$one/looks"`)
    expect(lines.map((line) => line.trim())).toEqual([...Array(4).fill('confirming'), 'back', '6'])
  })

  it('may be others after a restart of the host, also one whose boot ID did not change', () => {
    const { lines } = client(`${NOW}
echo another-boot 7 >"$TX_DIR/ready-clock"
line running healthy id later >"$one/now"; carry
line running healthy id-2 later >"$one/now"; carry
line exited none id later 1 >"$one/now"; carry
boot_clock; echo "\${BOOT_CLOCK% *} $((\${BOOT_CLOCK#* } + 1000))" >"$TX_DIR/ready-clock"
line running healthy id later >"$one/now"; carry`)
    expect(lines).toEqual(['promoted', 'promoted', 'not', 'promoted'])
  })

  it('are written down as far as the disk before it is confirming, and with the boot that it was', () => {
    const { lines } = client(`
echo 'durable() { echo "$(state) \${1##*/} \${2:+\${2##*/}}" >>"$one/durable"; }' >"$one/plays"
applied a 60; job a confirm; done_job a confirm; read_state a
grep -e ready "$one/durable"; boot_clock; [ "$(cut -d ' ' -f 1 "$TX_DIR/ready-clock")" = "\${BOOT_CLOCK% *}" ] && echo 'of this boot'`)
    expect(lines).toEqual(['promoted', 'applied ready ready-clock', 'of this boot'])
  })
})
