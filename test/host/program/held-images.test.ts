import { afterAll, describe, expect, it } from '@jest/globals'
import { programBench, SHELLS } from './shells.ts'

/** A Docker that holds images for three transactions of this project and one of another; it fails to remove any. */
const DOCKER = `case "$1 $2" in
'ps --all')
  for one in 'c1 aa' 'c2 bb' 'c3 cc' 'c9 foreign'; do printf '%s\\tclosed-loop-hold:%s-0\\n' "\${one% *}" "\${one#* }"; done ;;
'image ls')
  for tag in hold:aa-1 hold:aa-2 new:aa-1 hold:bb-1 hold:cc-1 new:cc-1 new:cc-10 hold:foreign-1 hold:aab-1; do
    printf 'closed-loop-%s\\tclosed-loop-%s\\n' "$tag" "$tag"
  done ;;
*) echo "$*" >>"$0.said"; exit 1 ;;
esac`

const bench = programBench({ docker: DOCKER })
afterAll(() => bench[Symbol.dispose]())

describe.each(SHELLS)('images that are held, under %s,', (shell) => {
  const released = (ids: string, kept: string) => {
    const { code, stdout } = bench.run(
      shell,
      `said=$(command -v docker).said; rm -f "$said"; release_images "$1" "$2"; code=$?; cat "$said"; exit "$code"`,
      { words: [ids, kept] },
    )
    return { code, calls: stdout.split('\n').slice(0, -1) }
  }

  it('are given back for the transactions that are named and no other, in two calls, whatever fails', () => {
    expect(released('aa', '')).toEqual({
      code: 0,
      calls: [
        'rm --force c1',
        'rmi --no-prune closed-loop-hold:aa-1 closed-loop-hold:aa-2 closed-loop-new:aa-1',
      ],
    })
  })

  it('are kept where a promotion keeps the release before it', () => {
    expect(released('aa\nbb\ncc', 'closed-loop-hold:cc-')).toEqual({
      code: 0,
      calls: [
        'rm --force c1 c2 c3',
        'rmi --no-prune closed-loop-hold:aa-1 closed-loop-hold:aa-2 closed-loop-new:aa-1 closed-loop-hold:bb-1 closed-loop-new:cc-1 closed-loop-new:cc-10',
      ],
    })
  })
})
