import { afterAll, describe, expect, it } from '@jest/globals'
import { programBench, SHELLS } from './shells.ts'

const bench = programBench({ docker: 'cat ./log' })
afterAll(() => bench[Symbol.dispose]())

/** When the judged boot began, as `docker inspect` tells it: in UTC, without zeros at its end. */
const STARTED = '2026-03-01T00:01:00.12Z'

/** Log lines as `docker logs --timestamps` gives them, and how many of them are evidence of that boot. */
const LOGS: Readonly<Record<string, readonly [counted: number, ...lines: string[]]>> = {
  'the very moment, and a nanosecond before it': [
    1,
    '2026-03-01T00:01:00.120000000Z RUNTIME_STATUS: 1',
    '2026-03-01T00:01:00.119999999Z RUNTIME_STATUS: 0',
  ],
  // The log driver `local` up to Docker 24 tells them by the time zone of the host.
  'times east of Greenwich': [
    2,
    '2026-03-01T08:00:59.999999999+08:00 RUNTIME_STATUS: 0',
    '2026-03-01T08:01:00.119999999+08:00 RUNTIME_STATUS: 0',
    '2026-03-01T08:01:00.120000000+08:00 RUNTIME_STATUS: 1',
    '2026-03-01T05:31:02.000000000+05:30 RUNTIME_STATUS: 2',
  ],
  'times west of it, on the day before': [
    2,
    '2026-02-28T19:01:00.000000000-05:00 RUNTIME_STATUS: 0',
    '2026-02-28T19:01:00.120000000-05:00 RUNTIME_STATUS: 1',
    '2026-02-28T20:31:01.000000000-03:30 RUNTIME_STATUS: 2',
  ],
  'times of another year': [
    0,
    '2025-12-31T23:59:00.000000000-01:00 RUNTIME_STATUS: 0',
    '2025-10-31T23:59:00.000000000+08:00 RUNTIME_STATUS: 0',
  ],
  'lines without a time, as of an error of Docker': [
    0,
    'Error response from daemon: RUNTIME_STATUS: 0',
    'RUNTIME_STATUS: 0',
    '9 RUNTIME_STATUS: 0',
    '2026-03-01T00:02:00.000000000 RUNTIME_STATUS: 0',
    '',
  ],
  'a line that the boot before did not end': [
    0,
    '2026-03-01T00:00:59.000000000Z half2026-03-01T00:01:01.000000000Z RUNTIME_STATUS: 0',
  ],
  'colours, carriage returns and bytes that are no text': [
    3,
    '2026-03-01T00:01:01.000000000Z \u001b[32mRUNTIME_STATUS:\u001b[0m 1',
    '2026-03-01T00:01:01.000000000Z RUNTIME_STATUS: 2\r',
    '2026-03-01T00:01:01.000000000Z \u0000\u00ff RUNTIME_STATUS: 3',
  ],
}

describe.each(SHELLS)('the evidence of a boot, under %s', (shell) => {
  it.each(Object.entries(LOGS))('is told from what is not: %s', (_what, [counted, ...lines]) => {
    bench.file('log', Buffer.from(`${lines.join('\n')}\n`, 'latin1'))
    const { stdout } = bench.run(shell, `job_evidence 1 id ${STARTED} 30m ${counted || 1} 0 0`)
    expect(stdout).toBe(`fact\tevidence\t${counted}\t0\t0\n`)
  })
})
