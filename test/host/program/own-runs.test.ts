import { afterAll, describe, expect, it } from '@jest/globals'
import { programBench, SHELLS } from './shells.ts'

/** A `docker` that says how it was called, word by word. */
const bench = programBench({
  docker: `for word in "$@"; do printf '[%s]' "$word"; done; echo`,
})
afterAll(() => bench[Symbol.dispose]())

const PLAYED = `
TX=tx1 TX_DIR=$1; rm -rf "$TX_DIR"; mkdir -p "$TX_DIR/snapshot"; : >"$TX_DIR/snapshot/containers"
DEPLOY=app DEFER=later PROJECT_NAME=shop COMPOSE_FILES=c.yml GATE=app
line() { printf '%s\\t%s\\t1\\t%s\\tsha256:1\\tr:1\\trunning\\tnone\\tno:0\\tx\\t%s\\tthen\\t0\\t0\\tfalse\\tlasting\\t-\\n' "$1" "$2" "$3" "$4"; }
inventory() { line shop-app-1 app False a; [ -e "$TX_DIR/gone" ] || line shop-app-run-1 app True ours; line shop-app-run-2 app True theirs
  line 0123456789ab_shop-app-1 app False half; line 0123456789ab_shop-db-1 db False half-db; }
docker_read() { case $* in *label=closed-loop.run=tx1*) echo ours ;; esac; }
docker_write() { echo "$*" >&2; case $* in rm*ours) : >"$TX_DIR/gone" ;; esac; }
`

describe.each(SHELLS)('what this deployment started itself, under %s', (shell) => {
  const lines = (script: string) => {
    const { stdout, stderr } = bench.run(shell, script, { words: [`${bench.directory}/it's a tx`] })
    return { out: stdout.split('\n').filter(Boolean), err: stderr.split('\n').filter(Boolean) }
  }

  it('is all that is removed of one-off containers; what is left is named', () => {
    const { out, err } = lines(`${PLAYED}
restore_snapshot=; remove_own_runs; echo =; restore_snapshot=$(line x app True theirs); remove_own_runs`)
    const removed = 'rm --force --volumes ours'
    expect(err).toEqual([removed, removed])
    expect(out).toEqual(['shop-app-run-2\trunning', '='])
  })

  it('is named where Docker does not let it go, and fails nothing', () => {
    const { out } = lines(`${PLAYED}
docker_write() { case $* in *ours) return 1 ;; esac; }
restore_snapshot=; remove_own_runs; echo "$?"`)
    expect(out).toEqual(['shop-app-run-1\trunning', 'shop-app-run-2\trunning', '0'])
  })

  it.each([
    ['what is another one now', 'clear_away', ['stop a half half-db', 'rm a half half-db']],
    ['what may not serve', 'stop_deployed >/dev/null', ['update half a', 'stop half a']],
  ])(
    'is all of one-off containers that a rollback may stop: not those of people, with %s',
    (_, stop, calls) => {
      const { err } = lines(`${PLAYED}
docker_stop() { echo "stop $*" >&2; }
docker_write() { echo "$*" | sed 's/ --[a-z]*//g; s/ no / /' >&2; }
rollback_from=applying; : >"$TX_DIR/deferred"
restore_snapshot=$(line shop-app-run-2 app True theirs)
${stop}`)
      expect(err.map((call) => call.split(' ').toSorted())).toEqual(
        expect.arrayContaining(calls.map((call) => call.split(' ').toSorted())),
      )
      expect(err.join(' ')).not.toMatch(/theirs|ours/u)
      expect(err).toHaveLength(calls.length)
    },
  )

  it('is not said of anything where Docker does not tell whose it is', () => {
    const { out, err } = lines(`${PLAYED}
docker_read() { return 1; }
restore_snapshot=; remove_own_runs; echo "$?"`)
    expect([out, err]).toEqual([['1'], []])
  })

  it.each([
    ['compose run --rm app true', '[compose][run][--label][closed-loop.run=tx1][--rm][app][true]'],
    [
      '-H unix:///x --context run compose -f run.yml -p "run" --env-file=run --profile run run -T app sh -c "a b"',
      '[-H][unix:///x][--context][run][compose][-f][run.yml][-p][run][--env-file=run][--profile][run][run][--label][closed-loop.run=tx1][-T][app][sh][-c][a b]',
    ],
    ['compose exec app run', '[compose][exec][app][run]'],
    ['compose up -d run', '[compose][up][-d][run]'],
    ['run --rm image compose run', '[run][--rm][image][compose][run]'],
    ['ps compose run', '[ps][compose][run]'],
    ['inspect "" "a\tb"', '[inspect][][a\tb]'],
    ['', ''],
  ])('is marked by the runner’s own docker: %s', (words, called) => {
    const { out, err } = lines(`${PLAYED}
runner_environment; docker ${words}`)
    expect(err).toEqual([])
    expect(out).toEqual(called === '' ? [] : [called])
  })

  it('is not marked by what calls docker by its path: that is the host’s own', () => {
    const { out } = lines(`${PLAYED}
real=$(command -v docker); runner_environment; "$real" compose run app`)
    expect(out).toEqual(['[compose][run][app]'])
  })

  it('is the host’s own docker where nothing of ours can be executed', () => {
    const { out } = lines(`${PLAYED}
chmod() { command chmod 600 "$2"; }
runner_environment; docker compose run app`)
    expect(out).toEqual(['[compose][run][app]'])
  })
})
