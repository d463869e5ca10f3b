import { afterAll, describe, expect, it } from '@jest/globals'
import { evidenceWords } from '../../../src/host/protocol/evidence.ts'
import { quoted } from '../../../src/host/protocol/quoted.ts'
import { programBench, SHELLS } from './shells.ts'

/** A container's log from the start of its instance, and from the beginning of the window that is assessed. */
const bench = programBench({
  docker: `case $4 in --until) cmp -s ./started ./window || echo earlier; exit ;; esac
case $3 in 2026-03-01T00:01:00.12Z) cat ./started ;; 30m) cat ./window ;; *) exit 1 ;; esac`,
})
afterAll(() => bench[Symbol.dispose]())

/** Log lines, and how many of them are evidence. */
const LOGS: Readonly<Record<string, readonly [counts: string, lines: readonly string[], window?: string[]]>> =
  {
    'each of the marked lines': [
      '2\t3\t1',
      [
        ...['RUNTIME_STATUS: 1', 'GATE_CHECK_PASSED x', 'a GATE_CHECK_FAILED'],
        ...['2026 SELF_EVOLUTION RUNTIME_STATUS:', 'GATE_CHECK_PASSED', 'GATE_CHECK', 'RUNTIME_STATUS'],
      ],
    ],
    'only what is within the window, too': [
      '1\t0\t0',
      ['RUNTIME_STATUS: 1', 'RUNTIME_STATUS: 2'],
      ['RUNTIME_STATUS: 2'],
    ],
    'nothing of the instance before, which the window still has': [
      '0\t1\t0',
      ['GATE_CHECK_PASSED'],
      ['RUNTIME_STATUS: 2', 'GATE_CHECK_FAILED', 'GATE_CHECK_PASSED'],
    ],
    'colours, carriage returns and bytes that are no text': [
      '3\t0\t0',
      ['\u001b[32mRUNTIME_STATUS:\u001b[0m 1', 'RUNTIME_STATUS: 2\r', '\u0000\u00ff RUNTIME_STATUS: 3'],
    ],
  }

describe.each(SHELLS)('the evidence of a container instance, under %s', (shell) => {
  const evidence = (
    lines: readonly string[],
    window: readonly string[],
    wanted: string,
    texts: readonly string[] = ['RUNTIME_STATUS', 'GATE_CHECK', 'SELF_EVOLUTION'],
  ) => {
    const text = (of: readonly string[]) => Buffer.from(`${of.join('\n')}\n`, 'latin1')
    bench.file('started', text(lines))
    bench.file('window', text(window))
    const least = wanted.split(' ').map(Number)
    const words = evidenceWords(texts.map((text, index) => ({ text, least: least[index] ?? 0 })))
    const call = `job_evidence 1 id 2026-03-01T00:01:00.12Z 30m ${words.map(quoted).join(' ')}`
    const { stdout, code } = bench.run(shell, call)
    return { stdout, code }
  }

  it.each(Object.entries(LOGS))('is %s', (_what, [counts, lines, window = lines]) => {
    expect(evidence(lines, window, counts.replaceAll('\t', ' '))).toEqual({
      stdout: `fact\tevidence\t${counts}\n`,
      code: 0,
    })
  })

  it.each(['2 1 0', '1 2 0', '1 1 1'])('is not there as long as any is missing: %s', (wanted) => {
    expect(
      evidence(['RUNTIME_STATUS: GATE_CHECK_PASSED'], ['RUNTIME_STATUS: GATE_CHECK_PASSED'], wanted),
    ).toEqual({
      stdout: 'fact\tevidence\t1\t1\t0\n',
      code: 1,
    })
  })

  it('counts lines with any other text, which means nothing but itself', () => {
    const lines = [
      ...['订单成交 a.c [x]', 'a.c and a.c', 'abc', 'a\\nb $(id) `id` "q" \'s\'', '100% %s', 'AND a.c'],
      ...['-e', 'x ~ y', 'RUNTIME_STATUS'],
    ]
    const texts = ['订单', 'a.c', '[x]', 'a\\nb', `$(id) \`id\` "q" 's'`, '% %s', '-e', '~', 'RUNTIME_STATUS']
    const log = lines.map((line) => Buffer.from(line).toString('latin1'))
    expect(evidence(log, log, '1 3 1 1 1 1 1 1 0', texts)).toEqual({
      stdout: 'fact\tevidence\t1\t3\t1\t1\t1\t1\t1\t1\t0\n',
      code: 0,
    })
    expect(evidence(log, log, '1 4', texts.slice(0, 2)).code).toBe(1)
  })
})
