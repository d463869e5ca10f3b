import { afterAll, describe, expect, it } from '@jest/globals'
import { playedBench, playedClient } from './played-transaction.ts'
import { SHELLS } from './shells.ts'

const bench = playedBench()
afterAll(() => bench[Symbol.dispose]())

/** While the file `down` is there no Docker answers. */
const DOCKER = `
bounded() { case $*:$([ -e "$one/down" ] && echo down) in *docker*:down) return 1 ;; esac; shift; timeout 30 "$@" </dev/null; }
`

describe.each(SHELLS)('a dockerd that restarts, under %s', (shell) => {
  const client = (script: string) => playedClient(bench, shell, script)

  it('in the middle of a rollback costs it no try', () => {
    const { lines } = client(`
applied a 60
cat >>"$one/plays" <<'END'
${DOCKER}
inventory() { [ ! -e "$one/down" ]; }
restore_everything() {
  [ -e "$one/was-down" ] || { : >"$one/was-down"; : >"$one/down"; (command sleep 3; rm "$one/down") >/dev/null 2>&1 & }
  inventory && echo old >"$one/runs"
}
END
job a rollback; done_job a rollback; exit_of a rollback; read_state a; runs`)
    expect(lines).toEqual(['0', 'rolled_back', 'old'])
  })

  it('has removed nothing that is to be confirmed', () => {
    const { lines } = client(`
${DOCKER}
HEALTH_SECONDS=180 TX=a TX_DIR=$1/tx; mkdir -p "$TX_DIR/snapshot"; printf 'id\\tthen\\tsha256:1\\tapp\\n' >"$TX_DIR/ready"
inventory() { [ ! -e "$one/down" ] && printf 'shop-app-1\\tapp\\t1\\tFalse\\tsha256:1\\tshop:new\\trunning\\thealthy\\tno:0\\th\\tid\\tthen\\n'; }
: >"$one/down"; (command sleep 2; rm "$one/down") & still_ready; echo "$?"; wait
: >"$one/down"; DOCKER_SECONDS=2; still_ready 2>&1; echo "$?"`)
    expect(lines).toEqual(['0', 'Docker does not answer, so what is in service cannot be looked at', '3'])
  })

  it('may leave containers alive whose health it checks anew: they have the time to pass again', () => {
    const { lines } = client(`
TX=a TX_DIR=$1/tx; mkdir -p "$TX_DIR/snapshot"; printf 'id\\tthen\\tsha256:1\\tapp\\n' >"$TX_DIR/ready"
inventory() { printf 'shop-app-1\\tapp\\t1\\tFalse\\tsha256:1\\tshop:new\\trunning\\t%s\\tno:0\\th\\tid\\tthen\\t0\\t0\\tfalse\\tlasting\\n' "$(cat "$one/health")"; }
health_patience() { echo 3; }
echo starting >"$one/health"; (command sleep 1; echo healthy >"$one/health") & still_ready; echo "$?"; wait
echo starting >"$one/health"; still_ready; echo "$?"`)
    expect(lines).toEqual(['0', 'fact\tproblem\tlost\tapp\tunhealthy\t0', '1'])
  })

  it('leaves no container without its restart policy unsaid', () => {
    const { lines } = client(`
docker_write() { echo "$*" >&3; }
printf 'c1\\talways:0\\nc2\\ton-failure:3\\n' | set_policies 3>&1; echo "$?"
docker_write() { return 1; }
docker_read() { echo c1; }
printf 'c1\\talways:0\\n' | set_policies 2>&1; echo "$?"`)
    expect(lines).toEqual([
      ...['update --restart always c1', 'update --restart on-failure:3 c2', '0'],
      ...['container c1 did not get its restart policy always', '1'],
    ])
  })

  it('keeps a person from keeping what nobody could look at', () => {
    const { lines } = client(`
applied a 60; kill_job a guard; tx_release a; inventory() { return 1; }
person_keep a 2>&1; echo "$?"; read_state a; free`)
    expect(lines).toEqual([
      'Not kept: Docker does not say what runs now. Try again when it answers.',
      ...['1', 'applied', 'nobody has it'],
    ])
  })
})

describe.each(SHELLS)('processes of one transaction, under %s', (shell) => {
  it('take its locks back side by side, and have them then', () => {
    const { lines } = playedClient(
      bench,
      shell,
      `
prepared a 60; lost=0
for round in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  tx_release a
  (tx_retake >/dev/null 2>&1; echo "$?" >"$1/r1") & (tx_retake >/dev/null 2>&1; echo "$?" >"$1/r2") & wait
  [ "$(cat "$1/r1" "$1/r2" | tr -d '\\n')" = 00 ] && tx_holds a || lost=$((lost + 1))
done
echo "lost $lost"`,
    )
    expect(lines).toEqual(['lost 0'])
  })

  it('are all that an apply is: the guard does not stand down while one of it lives', () => {
    const { lines } = playedClient(
      bench,
      shell,
      `
echo 'armed() { command sleep 2; }' >"$one/plays" 2>/dev/null || { mkdir -p "$one"; echo 'armed() { command sleep 2; }' >"$one/plays"; }
prepared a 6; job a apply; until [ -s "$TX_DIR/jobs/guard/facts" ]; do pause; done
read -r leader _ <"$TX_DIR/jobs/apply/pid"; kill -KILL "$leader"
ended a; read_state a; runs`,
    )
    expect(lines).toEqual(['rolled_back', 'old'])
  })
})
