import { afterAll, describe, expect, it } from '@jest/globals'
import { dockerBench } from './fake-docker/bench.ts'
import { SHELLS } from './shells.ts'

const bench = dockerBench()
afterAll(() => bench[Symbol.dispose]())

const image = (Id: string, ...references: readonly string[]) => ({
  Id,
  references,
  RepoTags: references,
  Config: {},
})
/** `db:1` was pulled because it was absent; the rest of what is new was the release. */
const IMAGES = [
  image('old', 'app:stable'),
  image('dangling'),
  image('moved'),
  image('cut-short'),
  image('by-digest'),
  image('tagged-since', 'mine:1'),
  image('database', 'db:1'),
  image('side', 'side:1'),
]

describe.each(SHELLS)('images of a deployment that did not stay, under %s,', (shell) => {
  const forgotten = (script: string) => {
    bench.has({ images: IMAGES })
    bench.run(
      shell,
      `TX=a TX_DIR=$PWD/tx; rm -rf "$TX_DIR"; mkdir -p "$TX_DIR/snapshot"
wanted_references() { printf 'app:stable\\nreg/app@sha256:1\\n'; }
printf '%s\\n' old dangling side >"$TX_DIR/snapshot/images"
${script}`,
    )
    return bench.calls().filter((call) => call.startsWith('rmi') || call.startsWith('tag'))
  }

  it('go again where nobody else has named them since; what was there before stays', () => {
    const calls = forgotten(`
printf '%s\\n' app:stable reg/app@sha256:1 db:1 side:1 none:1 >"$TX_DIR/pulled"
printf '%s\\t%s\\n' app:stable moved reg/app@sha256:1 by-digest x:1 tagged-since y:1 dangling z:1 gone >"$TX_DIR/new-images"
printf 'app:stable\\tcut-short\\n' >"$TX_DIR/displaced"
forget_images; echo "$?"`)
    expect(calls).toEqual([
      'rmi --no-prune db:1',
      'rmi --no-prune by-digest',
      'rmi --no-prune cut-short',
      'rmi --no-prune moved',
    ])
  })

  it('are known also where a pull was cut short that had moved a tag already', () => {
    const calls = forgotten(`
printf 'side:1\\told\\n' >"$TX_DIR/snapshot/tags"; printf 'old\\n' >"$TX_DIR/snapshot/images"
put_tags_back; cat "$TX_DIR/displaced"; forget_images`)
    // The fake does not move it: by its tag it is known to be somebody's.
    expect(calls).toEqual(['tag old side:1'])
  })

  it('all stay where no snapshot says what was there', () => {
    expect(
      forgotten(
        'rm "$TX_DIR/snapshot/images"; printf "app:stable\\tmoved\\n" >"$TX_DIR/new-images"; forget_images',
      ),
    ).toEqual([])
  })
})
