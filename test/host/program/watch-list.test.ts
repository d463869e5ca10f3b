import { afterAll, expect, it } from '@jest/globals'
import { programBench, SHELLS } from './shells.ts'

const bench = programBench()
afterAll(() => bench[Symbol.dispose]())

it.each(SHELLS)('the watch has not seen containers that Docker does not show, under %s', (shell) => {
  const { stdout } = bench.run(
    shell,
    `watch_known=''
project_container_ids() { echo c1; }
container_lines() { :; }
watch_all; echo "code $? known '$watch_known'"`,
  )
  expect(stdout).toBe("code 1 known ''\n")
})
