import { describe, expect, it } from '@jest/globals'
import type { Reporter } from '../../../src/output/log.ts'
import { createProgressReporter } from '../../../src/output/progress-reporter.ts'

function listening() {
  const heard: string[] = []
  const note =
    (name: string) =>
    (...words: readonly unknown[]) => {
      heard.push(
        [name, ...words.map((word) => (typeof word === 'string' ? word : JSON.stringify(word)))].join(' '),
      )
    }
  const reporter: Reporter = {
    phase: note('phase'),
    info: note('info'),
    remote: note('remote'),
    warning: note('warning'),
    annotate: note('annotate'),
    startGroup: note('startGroup'),
    endGroup: note('endGroup'),
    close: note('close'),
  }
  return { heard, progress: createProgressReporter(reporter) }
}

describe('the progress', () => {
  it('tells a wait once, and again when it changed', () => {
    const { heard, progress } = listening()
    const waiting = (state: string) => progress.tell({ kind: 'waiting-for', service: 'ai-trade', state })
    for (const state of ['created', 'created', 'starting', 'created']) waiting(state)
    expect(heard).toEqual([
      'info Waiting for ai-trade: created.',
      'info Waiting for ai-trade: starting.',
      'info Waiting for ai-trade: created.',
    ])
  })

  it('shows the log of a container in a group of its own', () => {
    const { heard, progress } = listening()
    progress.logTail('ai-trade', ['one', 'two'])
    expect(heard).toEqual(['startGroup Last log lines of ai-trade', 'remote one\ntwo', 'endGroup'])
  })

  it('hands phases, warnings and foreign lines on', () => {
    const { heard, progress } = listening()
    progress.phase('apply')
    progress.remote('::error::x')
    progress.warn({ kind: 'gate-not-enforced' })
    expect(heard).toEqual(['phase apply', 'remote ::error::x', 'warning {"kind":"gate-not-enforced"}'])
  })
})
