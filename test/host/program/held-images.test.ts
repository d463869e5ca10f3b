import { afterAll, describe, expect, it } from '@jest/globals'
import { programBench, SHELLS } from './shells.ts'

/**
 * A Docker that holds images for three transactions of this project and one of another, beside a service whose image
 * carries our label.
 */
const DOCKER = `case "$1 $2" in
'ps --all')
  echo container c0 serves
  for one in 'c1 aa' 'c2 bb' 'c3 cc' 'c9 foreign'; do echo "container \${one% *} closed-loop-hold-\${one#* }-1"; done ;;
'image ls')
  for tag in hold:aa-1 hold:aa-2 new:aa-1 hold:bb-1 hold:cc-1 new:cc-1 new:cc-10 hold:foreign-1 hold:aab-1; do
    echo "tag closed-loop-$tag closed-loop-$tag"
  done ;;
*) echo "$*" >>"$0.said"; [ ! -e "$0.fails" ] ;;
esac`

const bench = programBench({ docker: DOCKER })
afterAll(() => bench[Symbol.dispose]())

describe.each(SHELLS)('images that are held, under %s,', (shell) => {
  const released = (ids: string, kept: string, docker: 'up' | 'fails' = 'up') => {
    const { code, stdout } = bench.run(
      shell,
      `fake=$(command -v docker); rm -f "$fake".said "$fake".fails; [ "$3" = up ] || : >"$fake.$3"
release_images "$1" "$2"; code=$?; cat "$fake.said"; exit "$code"`,
      { words: [ids, kept, docker] },
    )
    return { code, calls: stdout.split('\n').slice(0, -1) }
  }
  const AA = [
    'rm --force --volumes c1',
    'rmi --no-prune closed-loop-hold:aa-1 closed-loop-hold:aa-2 closed-loop-new:aa-1',
  ]

  it('are held with a volume of their own where Docker takes no mount in its place', () => {
    const { code, stdout } = bench.run(
      shell,
      `TX=t hold_id=sha256:1 hold_number=1
docker_read() { echo relative; }
docker_write() { case $* in *--mount*) return 1 ;; *) echo "$1 $#" ;; esac; }
create_hold_prints() { hold_container; }
docker_write() { case $* in *--mount*) return 1 ;; esac; echo "$1 $4 $5"; } 2>/dev/null
hold_container >/dev/null; echo "code $?"`,
    )
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'code 0\n' })
  })

  it('are given back for the transactions that are named and no other, in two calls', () => {
    expect(released('aa', '')).toEqual({ code: 0, calls: AA })
  })

  it('decide nothing where they cannot be taken away', () => {
    expect(released('aa', '', 'fails')).toEqual({ code: 0, calls: AA })
  })

  it('are kept where a promotion keeps the release before it', () => {
    expect(released('aa\nbb\ncc', 'closed-loop-hold:cc-')).toEqual({
      code: 0,
      calls: [
        'rm --force --volumes c1 c2 c3',
        'rmi --no-prune closed-loop-hold:aa-1 closed-loop-hold:aa-2 closed-loop-new:aa-1 closed-loop-hold:bb-1 closed-loop-new:cc-1 closed-loop-new:cc-10',
      ],
    })
  })
})
