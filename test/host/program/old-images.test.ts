import { afterAll, describe, expect, it } from '@jest/globals'
import { programBench, SHELLS } from './shells.ts'

/** Images 1 and 2 are there, with the tags of their files; `users` names the image of each container. */
const DOCKER = `here=\${0%/*}
case "$*" in
'ps '*ancestor=*) for last; do :; done; grep -Fx "\${last#*=}" "$here/users" || : ;;
'ps '*) sed 's/.*/c/' "$here/users" ;;
'inspect '*) sed "s/^/fact\tused\t/" "$here/users" ;;
'image inspect '*)
  for last; do :; done
  [ -f "$here/tags-$last" ] || { echo "No such image: $last" >&2; exit 1; }
  case $* in *RepoDigests*) echo "image $last"; sed "s/^/tag $last /" "$here/tags-$last"; echo "digest $last reg/app@sha256:d$last" ;; *) cat "$here/tags-$last" ;; esac ;;
'rmi '*) echo "$*" >>"$here/said"; case $* in *busy*) echo 'conflict: busy' >&2; exit 1 ;; esac ;;
'info '*ID*) echo docker-id ;;
'info '*) echo /nowhere ;;
'context '*) echo unix:///x ;;
esac`

const bench = programBench({ docker: DOCKER })
afterAll(() => bench[Symbol.dispose]())

const PREPARED = `
fakes=\${PATH%%:*} one=$PWD/one; rm -rf "$one" "$fakes/said" "$fakes"/tags-*; STATE_DIR=$one/.closed-loop
mkdir -p "$STATE_DIR/transactions"; : >"$fakes/users"
tx() { # ID NUMBER STATE REFERENCE IMAGE
  TX_DIR=$STATE_DIR/transactions/$1; mkdir -p "$TX_DIR/jobs"; echo "$2" >"$TX_DIR/lock-number"; echo "$3" >"$TX_DIR/state"
  printf 'project_dir\\t%s\\nproject_name\\tshop\\nimage\\tA_IMAGE\\t%s\\n' "$one" "$4" >"$TX_DIR/plan"; printf '%s\\t%s\\n' "$4" "$5" >"$TX_DIR/new-images"
}
tx t1 3 promoted reg/app:1 1; tx t2 5 rolled_back reg/app:x x; tx t3 20 promoted reg/app:3 3
echo reg/app:1 >"$fakes/tags-1"; printf 'reg/app:2\\nmore:2\\n' >"$fakes/tags-2"; printf 't0\\tA_IMAGE\\treg/app:0\\t2\\n' >"$STATE_DIR/old-images"
project_lock() { mkdir -p "$one/name"; echo "$one/name"; }
`

describe.each(SHELLS)('images of earlier releases under %s', (shell) => {
  const run = (script: string, stdin = '') =>
    bench.run(shell, `${PREPARED}\n${script}`, { stdin }).stdout.split('\n').slice(0, -1)

  it('are told, the latest first, with what they are called and who uses them', () => {
    expect(run('echo 1 >"$fakes/users"; verb_old_images t3; echo "$?"')).toEqual([
      'fact\trelease\tt3\tA_IMAGE\treg/app:3\t3',
      'fact\trelease\tt1\tA_IMAGE\treg/app:1\t1',
      'fact\trelease\tt0\tA_IMAGE\treg/app:0\t2',
      'fact\tused\t1',
      ...['fact\timage\t1', 'fact\ttag\t1\treg/app:1', 'fact\tdigest\t1\treg/app@sha256:d1'],
      ...[
        'fact\timage\t2',
        'fact\ttag\t2\treg/app:2',
        'fact\ttag\t2\tmore:2',
        'fact\tdigest\t2\treg/app@sha256:d2',
      ],
      ...['fact\tdata_root\t/nowhere', '0'],
    ])
  })

  it('are of a release that is in service', () => {
    expect(run('verb_old_images t2; echo "$?"; verb_remove_images t2; echo "$?"')).toEqual(['65', '65'])
  })

  it('are remembered when their transaction goes', () => {
    expect(
      run('released_images "$STATE_DIR/transactions/t1"; released_images "$STATE_DIR/transactions/t2"'),
    ).toEqual(['t1\tA_IMAGE\treg/app:1\t1'])
  })

  const remove =
    'verb_remove_images t3; echo "$?"; cat "$fakes/said" 2>/dev/null; lock_over "$STATE_DIR/lock" && echo free'

  it('are removed by their tags, or by ID, under the lock, which is free afterwards', () => {
    expect(run(`: >"$fakes/tags-4"; ${remove}`, '1\treg/app:1\n4\n')).toEqual([
      ...['fact\tremoved\t1', 'fact\tremoved\t4', 'fact\tdata_root\t/nowhere', '0'],
      ...['rmi --no-prune reg/app:1', 'rmi --no-prune 4', 'free'],
    ])
  })

  it.each([
    ['a container uses by now', 'echo 1 >"$fakes/users"', '1\treg/app:1\n'],
    ['have another tag by now', ':', '2\treg/app:2\n'],
    ['are gone', ':', '9\n'],
  ])('stay where they %s', (_, before, stdin) => {
    expect(run(`${before}; ${remove}`, stdin)).toEqual(['fact\tdata_root\t/nowhere', '0', 'free'])
  })

  it('stay where Docker keeps them', () => {
    expect(run(`echo busy:1 >"$fakes/tags-1"; ${remove}`, '1\tbusy:1\n')).toEqual([
      ...['fact\tdata_root\t/nowhere', '0', 'rmi --no-prune busy:1', 'free'],
    ])
  })

  it('stay where somebody else has the project', () => {
    const held = `mkdir -p "$STATE_DIR/lock"; lock_claim "$STATE_DIR/lock" 30 other "$(printf 'kind\\tcommand\\nlease\\t60\\n')"; ${remove}`
    expect(run(held, '1\treg/app:1\n')).toEqual(['66'])
  })
})
