import { afterAll, describe, expect, it } from '@jest/globals'
import { casesOf } from '../../support/jest/tiers.ts'
import { playedBench, playedClient } from './played-transaction.ts'
import { SHELLS } from './shells.ts'

/** One container, whose log says what runs in the project named in `$FAKES/one`. `$FAKES/plays` is read first. */
const DOCKER = `
FAKES=$(dirname "$0")
[ ! -f "$FAKES/plays" ] || . "$FAKES/plays"
case $* in
info*) echo THIS-DOCKER ;;
'ps --all'*) printf 'id-app\\tshop-app-1\\tapp\\n' ;;
'logs --timestamps'*) echo "2026-02-14T15:00:00Z said by the $(cat "$(cat "$FAKES/one")/runs") release" ;;
esac`

const bench = playedBench({ docker: DOCKER })
afterAll(() => bench[Symbol.dispose]())

/** `hanging` counts what a Docker that hangs has left running. */
const GATHERING = `
fakes=$1/../fakes
rm -f "$fakes/plays"; ln -sf /bin/sleep "$fakes/hang"; printf '%s\\n' "$one" >"$fakes/one"
seen() { sed 's/^2026-02-14T15:00:00Z //' "$STATE_DIR/transactions/$1/diagnostics/logs-shop-app-1" 2>&1; }
left() { applied "$1" 60 && kill_job "$1" guard && tx_release "$1"; }
by_hand() { CLOSED_LOOP_LIBRARY='' sh "$STATE_DIR/host.sh" "$@" 2>&1 | tail -n 1 | cut -d : -f 1; }
hanging() { for hanging in /proc/[0-9]*/cmdline; do tr '\\0' ' ' 2>/dev/null <"$hanging"; echo; done | grep -c "^$(cd "$fakes" && pwd)/hang 600"; }
`

describe.each(SHELLS)('what a rollback takes away is looked at before, under %s,', (shell) => {
  const client = (script: string) => playedClient(bench, shell, GATHERING + script)

  it.each([
    ['its client', 'applied a 60; job a rollback; done_job a rollback'],
    ['the post step', 'applied a 60; job a post-rollback rollback; done_job a post-rollback'],
    ['the guard', 'applied a 4; ended a'],
    ['a person', 'left a; by_hand rollback a >/dev/null'],
    ['a person that recovers', 'left a; by_hand recover >/dev/null'],
    ['a later deployment', 'left a; job a recover-1 recover; done_job a recover-1'],
  ])('when it was asked for by %s', (_, asked) => {
    const { lines } = client(`${asked}
seen a; read_state a; runs; free; strays; ls "$TX_DIR/diagnostics" | grep new`)
    expect(lines).toEqual(['said by the new release', 'rolled_back', 'old', 'nobody has it', '0'])
  })

  it.each([
    ['is not there', 'exit 127'],
    ['does not answer', 'echo "Cannot connect" >&2; exit 1'],
    ...casesOf('ci', [
      ['hangs', 'exec "$FAKES/hang" 600'],
      ['hangs, and cannot be told to end', `trap '' TERM; exec "$FAKES/hang" 600`],
      ['hangs once it listed what there is', 'case $* in ps*) ;; *) exec "$FAKES/hang" 600 ;; esac'],
    ]),
  ])('and no Docker that %s keeps it from its end, or is left with anything of it', (_, plays) => {
    const { lines } = client(`
applied a 60
cat >"$fakes/plays" <<'PLAYS'
${plays}
PLAYS
# What else the rollback asks of Docker, and when, is not the question here.
echo 'await_docker() { :; }; wait_for_docker() { :; }' >>"$one/plays"
job a rollback; done_job a rollback; read_state a; runs; strays; hanging`)
    expect(lines).toEqual(['rolled_back', 'old', '0', '0'])
  })

  it('and has the last words after a line so long that Docker keeps it in pieces', () => {
    // The last 200 pieces of 16 KiB are what `--tail 200` would give.
    const { lines } = client(`
applied a 60
cat >"$fakes/plays" <<'PLAYS'
case $* in
*'--tail 200 '*) head -c 3276800 /dev/zero | tr '\\0' x; echo; exit ;;
'logs --timestamps'*) at=2026-02-14T15:00:00Z; echo "$at before"; printf "$at "; head -c 10485760 /dev/zero | tr '\\0' x; echo; echo "$at after"; exit ;;
esac
PLAYS
job a rollback; done_job a rollback; seen a | cut -c 1-60; read_state a`)
    expect(lines).toEqual(['(the first part is left out)', 'after', 'rolled_back'])
  })

  it('and tells apart what docker says of itself', () => {
    const { lines } = client(`
applied a 60
cat >"$fakes/plays" <<'PLAYS'
case $* in 'logs --timestamps'*) echo 'WARNING: no config' >&2; echo '2026-02-14T15:00:00Z said'; echo 'Error: broken' >&2; exit 1 ;; esac
PLAYS
job a rollback; done_job a rollback; seen a; read_state a`)
    expect(lines).toEqual([
      ...['(docker: WARNING: no config)', 'said', '(docker: Error: broken)', '(ended with code 1)'],
      'rolled_back',
    ])
  })

  it('by the try that takes it away, where Docker did not answer the first one', () => {
    const { lines } = client(`
applied a 60
echo 'case $*:$(ls "$FAKES" | grep down) in "ps --all"*:down) exit 1 ;; esac' >"$fakes/plays"
cat >"$one/plays" <<PLAYS
restore_everything() { rm "$fakes/down" 2>/dev/null && return 1; echo old >"\\$one/runs"; }
PLAYS
: >"$fakes/down"
job a rollback; done_job a rollback; seen a; read_state a`)
    expect(lines).toEqual(['said by the new release', 'rolled_back'])
  })

  it('once: a rollback that goes on after another looks at nothing that it put back itself', () => {
    const { lines } = client(`
applied a 60
echo 'restore_everything() { echo old >"$one/runs"; [ -e "$one/again" ] || { : >"$one/first"; sleep 60; }; }' >"$one/plays"
job a rollback; until [ -e "$one/first" ]; do heartbeat; pause; done
: >"$one/again"; kill_job a rollback; job a by-hand rollback; done_job a by-hand; seen a; read_state a`)
    expect(lines).toEqual(['said by the new release', 'rolled_back'])
  })

  it('by nothing that outlives a rollback that died meanwhile', () => {
    const { lines } = client(`
applied a 60
echo 'case $* in logs*) : >"$FAKES/asked"; exec "$FAKES/hang" 600 ;; esac' >"$fakes/plays"; rm -f "$fakes/asked"
job a rollback; until [ -e "$fakes/asked" ]; do heartbeat; pause; done
kill_job a rollback; job a by-hand rollback; done_job a by-hand; hanging; read_state a; strays`)
    expect(lines).toEqual(['0', 'rolled_back', '0'])
  })
})
