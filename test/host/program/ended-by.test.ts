import { afterAll, describe, expect, it } from '@jest/globals'
import { programBench, SHELLS } from './shells.ts'

/** Docker fills the template in; what is no field stands there already. */
const bench = programBench({
  docker: `for word in "$@"; do template=$word; done
for event in 'start ' 'kill 15' 'die '; do
  printf '%s\\n' "$template" | sed "s/{{.Action}}/\${event% *}/; s/{{with.*/\${event#* }/"
done`,
})
afterAll(() => bench[Symbol.dispose]())

describe.each(SHELLS)('how a container ended that is lost, under %s,', (shell) => {
  it('is told by its events', () => {
    const { stdout, code } = bench.run(shell, 'fenced() { :; }\nverb_ended_by a id-app')
    expect(stdout).toBe('fact\tevent\tstart\t\nfact\tevent\tkill\t15\nfact\tevent\tdie\t\n')
    expect(code).toBe(0)
  })

  it('is not told where Docker does not answer', () => {
    const { stdout, code } = bench.run(
      shell,
      'fenced() { :; }\nbounded() { return 124; }\nverb_ended_by a id-app',
    )
    expect(stdout).toBe('')
    expect(code).toBe(124)
  })
})
