import { afterAll, describe, expect, it } from '@jest/globals'
import { programBench, SHELLS } from './shells.ts'

const bench = programBench({
  docker: `case $* in *sha256:gone*) echo 'No such image: sha256:gone' >&2; code=1 ;; esac
for word in "$@"; do case $word in sha256:here*) echo "$word" ;; esac; done
exit \${code-0}`,
})
afterAll(() => bench[Symbol.dispose]())

const HOST = `
one=$PWD/one; rm -rf "$one"; mkdir -p "$one"
there() { # ID STATE
  dir=$one/.closed-loop/transactions/$1; mkdir -p "$dir"; echo "$2" >"$dir/state"; echo 7 >"$dir/lock-number"
  printf '2026-02-14T15:00:00Z\\tapplied\\n2026-02-14T15:01:00Z\\t%s\\n2026-02-14T15:02:00Z\\tnotified\\n' "$2" >"$dir/journal"
  printf 'project_dir\\t%s\\nimage\\tAPP\\tr.example/app:1\\nimage\\tTOOLS\\tr.example/tools@sha256:t\\nfile\\tops\\nenv\\tRELEASE_ID\\t7 = seven\\nwhere\\thttps://example.com/1\\n' "$one" >"$dir/plan"
  printf 'r.example/app:1\\tsha256:here\\nr.example/tools@sha256:t\\tsha256:gone\\n' >"$dir/new-images"
  printf 'sha256:here\\tr.example/app@sha256:a\\nsha256:here\\tclosed-loop-new@sha256:a\\nsha256:here\\telse.example/app@sha256:a\\n' >"$dir/new-digests"
}
releases() { printf 'project_dir\\t%s\\n' "$one" | verb_releases; }
`

describe.each(SHELLS)('the releases that can come back under %s', (shell) => {
  const lines = (script: string) => {
    const { stdout, stderr } = bench.run(shell, `${HOST}\n${script}`)
    return [...stdout.split('\n').slice(0, -1), ...stderr.split('\n').slice(0, -1)]
  }

  it('are those that were promoted, with their images, where they are from, and which are here', () => {
    expect(lines('there one promoted; there two rolled_back; there three kept; releases')).toEqual([
      'fact\tplanned\tone\tAPP\tr.example/app:1',
      'fact\tplanned\tone\tTOOLS\tr.example/tools@sha256:t',
      'fact\tfile\tone\tops',
      'fact\tvariable\tone\tRELEASE_ID\t7 = seven',
      'fact\tdeployed\tone\tr.example/app:1\tsha256:here',
      'fact\tdeployed\tone\tr.example/tools@sha256:t\tsha256:gone',
      'fact\tsource\tone\tsha256:here\tr.example/app@sha256:a',
      'fact\trelease\tone\t7\t2026-02-14T15:01:00Z\thttps://example.com/1',
      'fact\tunconfirmed\t7',
      'fact\there\tsha256:here',
    ])
  })

  it('are none where nothing was promoted, or nothing was ever deployed', () => {
    expect(
      lines('there two rolled_back; releases; echo "code $?"; rm -rf "$one"; releases; echo "code $?"'),
    ).toEqual(['code 0', 'code 0'])
  })
})
