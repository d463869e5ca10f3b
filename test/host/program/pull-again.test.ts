import { afterAll, describe, expect, it } from '@jest/globals'
import { programBench, SHELLS } from './shells.ts'

/**
 * A Docker with the image store of containerd: each local tag is a repository with a digest too. `gone`: the image is not
 * here, until a pull of `answers` brings it back.
 */
const DOCKER = `
case "$1 $2" in
'image inspect')
  case $4 in
  *RepoDigests*) for name in closed-loop-hold closed-loop-new ghcr.io/acme/app mirror.example.com/acme/app acme/app app app-backup; do printf 'sha256:1\\t%s@sha256:d\\n' "$name"; done ;;
  *) [ ! -e "$0.gone" ] || exit 1; echo sha256:1 ;;
  esac ;;
'pull '*)
  echo "$2" >>"$0.pulled"
  case " $(cat "$0.answers" 2>/dev/null) " in *" $2 "*) rm -f "$0.gone" ;; *) exit 1 ;; esac ;;
esac
exit 0`

const bench = programBench({ docker: DOCKER })
afterAll(() => bench[Symbol.dispose]())

/** A rollback in its second try, for the group `$1` of the image, whose snapshot knew the references `$2`. */
const ROLLBACK = `
docker=\${PATH%%:*}/docker; rm -f "$docker".*; : >"$docker.gone"; : >"$docker.pulled"
TX=a TX_DIR=$PWD/tx; rm -rf "$TX_DIR"; mkdir -p "$TX_DIR/snapshot"
PLAN=$(printf 'image\\tAI_TRADE_IMAGE\\tghcr.io/acme/app:new')
group_reference=$1 group_id=sha256:1 rollback_try=2
for reference in $2; do printf 'app-1\\tapp\\t1\\tFalse\\tsha256:1\\t%s\\n' "$reference"; done >"$TX_DIR/snapshot/containers"
restore_snapshot=$(cat "$TX_DIR/snapshot/containers"); : >"$TX_DIR/snapshot/tags"
docker_write() { echo "$*" >>"$docker.written"; }
recorded() { hold_images; }
again() { pull_again 2>/dev/null; echo "code $?"; }
pulled() { cat "$docker.pulled"; }
`

describe.each(SHELLS)('an image that is gone, under %s,', (shell) => {
  const lines = (script: string, reference: string, others = reference) =>
    bench
      .run(shell, `${ROLLBACK}\nrecorded\n${script}`, { words: [reference, others] })
      .stdout.split('\n')
      .slice(0, -1)

  it.each([
    ['ghcr.io/acme/app:old', 'ghcr.io/acme/app@sha256:d'],
    ['docker.io/acme/app:old', 'acme/app@sha256:d'],
    ['app', 'app@sha256:d'],
    ['index.docker.io/library/app', 'app@sha256:d'],
    ['shop-app', undefined],
  ])('%s, is asked for in its own repository alone', (reference, pulled) => {
    expect(lines('again; pulled', reference)).toEqual(['code 1', ...(pulled === undefined ? [] : [pulled])])
  })

  it('is asked for in its own repository alone too where an older snapshot recorded all', () => {
    expect(
      lines(
        `for name in closed-loop-hold ghcr.io/acme/app app-backup; do printf 'sha256:1\\t%s@sha256:d\\n' "$name"; done >"$TX_DIR/snapshot/digests"; again; pulled`,
        'ghcr.io/acme/app:old',
      ),
    ).toEqual(['code 1', 'ghcr.io/acme/app@sha256:d'])
  })

  it('is recorded with the repositories of the deployment alone', () => {
    expect(lines('cut -f 2 "$TX_DIR/snapshot/digests"', 'acme/app:old', 'acme/app:old shop-side')).toEqual([
      'ghcr.io/acme/app@sha256:d',
      'acme/app@sha256:d',
    ])
  })

  it('is recorded with what an earlier snapshot knew of it, which Docker may have forgotten', () => {
    expect(
      lines(
        `mkdir -p earlier/snapshot; trap 'rm -r earlier' EXIT; printf 'sha256:1\\tghcr.io/acme/app@sha256:g\\n' >earlier/new-digests
printf 'sha256:1\\tghcr.io/acme/app@sha256:e\\nsha256:2\\tghcr.io/acme/app@sha256:f\\nsha256:1\\tother/app@sha256:e\\n' >earlier/snapshot/digests
recorded; cat "$TX_DIR/snapshot/digests"`,
        'ghcr.io/acme/app:old',
      ),
    ).toEqual(['d', 'g', 'e'].map((digest) => `sha256:1\tghcr.io/acme/app@sha256:${digest}`))
  })

  it('is not asked for under our own name either, where it goes just while it is being held', () => {
    const [create = '', ...more] = lines(`grep '^create' "$docker.written"`, 'acme/app:old')
    expect(create).toContain('--pull never')
    expect(more).toEqual([])
  })

  it('is pulled once everything else is back, and then it is told as what', () => {
    expect(
      lines(
        `echo 'ghcr.io/acme/app@sha256:d' >"$docker.answers"
rollback_try=1; again; pulled; rollback_try=2; again; cat "$TX_DIR/pulled-again"`,
        'ghcr.io/acme/app:old',
      ),
    ).toEqual(['code 1', 'code 0', 'image-pulled-again\tghcr.io/acme/app:old\tghcr.io/acme/app@sha256:d'])
  })

  it('is asked for in each further try', () => {
    expect(lines('again; rollback_try=3; again; pulled', 'ghcr.io/acme/app:old')).toEqual([
      ...['code 1', 'code 1', 'ghcr.io/acme/app@sha256:d', 'ghcr.io/acme/app@sha256:d'],
    ])
  })
})
