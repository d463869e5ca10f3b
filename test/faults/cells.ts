import { appendFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { workerHost } from '../support/jest/worker-host.ts'
import { type LightStack, lightStack } from '../support/light-stack/light-stack.ts'
import { type Cell, type CellOutcome, runCell } from './cell.ts'

/**
 * The cells as tests, over one standing stack: each leaves the host in one of its two good states, which is the next
 * one's "before". After a failure the stack is set up anew.
 */
export function describeCells(title: string, cells: readonly Cell[]): void {
  describe(title, () => {
    const host = workerHost()
    let stack: LightStack | undefined

    beforeAll(async () => {
      stack = await lightStack(host)
    }, 300_000)

    it.each(cells.map((cell) => [cell.fault.name, cell.boundary.name, cell] as const))(
      '%s at "%s"',
      async (fault, boundary, cell) => {
        stack ??= await lightStack(host)
        try {
          record(await runCell(stack, cell))
        } catch (thrown) {
          record({ boundary, fault, main: '', post: '', standing: 'FAILED', seconds: 0 })
          // Jest shows it at the end of the file only, which may be an hour away.
          process.stderr.write(`${thrown instanceof Error ? thrown.message : thrown}\n`)
          stack = undefined
          throw thrown
        }
      },
      400_000,
    )

    it('has cells', () => {
      expect(cells.length).toBeGreaterThan(0)
    })
  })
}

/** One line a cell, for a person; and for `npm run test:faults`, which makes a table of them. */
function record(outcome: CellOutcome): void {
  const { boundary, fault, main, post, standing, seconds } = outcome
  process.stderr.write(
    `[fault] ${fault} at "${boundary}": main ${main}, post ${post}, ${standing}, ${seconds} s\n`,
  )
  const file = process.env.CLOSED_LOOP_FAULT_RECORD ?? ''
  if (file !== '') appendFileSync(file, `${JSON.stringify(outcome)}\n`)
}
