import { describe, expect, it } from '@jest/globals'
import { readRuntimeLog } from '../../examples/ai-trade/src/research/runtime-log.ts'
import { judge, rulesOf, type Stage, type Verdict } from '../../examples/ai-trade/src/research/stage-rules.ts'
import { eventLine, GATE_PASSED, SELF_EVOLUTION, statusLines } from './log-text.ts'

const GOOD_S3 = [...statusLines(10), GATE_PASSED]
const GOOD_S5 = [...statusLines(50), GATE_PASSED, SELF_EVOLUTION]
const MISMATCH = eventLine('OMS_RECONCILE_MISMATCH: symbol=BTCUSDT', 'WARN')
const AUTORESYNC = eventLine('OMS_RECONCILE_AUTORESYNC: symbol=BTCUSDT')
const GATE_FAILED = eventLine('GATE_CHECK_FAILED: window=5, violations=2', 'WARN')
const UNHEALTHY_WS = statusLines(1).map((line) =>
  line.replace('public_ws_healthy=true', 'public_ws_healthy=false'),
)

interface Case {
  readonly what: string
  readonly stage: Stage
  readonly lines: readonly string[]
  readonly verdict: Verdict
  readonly fail?: readonly string[]
  readonly warn?: readonly string[]
}

const cases: readonly Case[] = [
  { what: 'exactly enough status lines', stage: 'S3', lines: GOOD_S3, verdict: 'PASS' },
  {
    what: 'one status line too few',
    stage: 'S3',
    lines: [...statusLines(9), GATE_PASSED],
    verdict: 'FAIL',
    fail: ['RUNTIME_STATUS 条数不足: 9 < 10'],
  },
  {
    what: 'an empty log',
    stage: 'S3',
    lines: [],
    verdict: 'FAIL',
    fail: ['RUNTIME_STATUS 条数不足: 0 < 10', '未检测到 Gate 窗口判定（GATE_CHECK_PASSED/FAILED）'],
  },
  { what: 'an empty log at a stage of the caller', stage: 'DEPLOY', lines: [], verdict: 'PASS' },
  {
    what: 'a CRITICAL line at a stage of the caller',
    stage: 'constructor',
    lines: [eventLine('positions cannot be priced', 'CRITICAL')],
    verdict: 'FAIL',
    fail: ['检测到 CRITICAL 日志: 1 条'],
  },
  {
    what: 'a CRITICAL line',
    stage: 'S3',
    lines: [...GOOD_S3, eventLine('positions cannot be priced', 'CRITICAL')],
    verdict: 'FAIL',
    fail: ['检测到 CRITICAL 日志: 1 条'],
  },
  {
    what: 'an unhealthy websocket, seen once',
    stage: 'S3',
    lines: [...GOOD_S3, ...UNHEALTHY_WS],
    verdict: 'FAIL',
    fail: ['检测到 WS 不健康: 1 次'],
  },
  {
    what: 'no gate window',
    stage: 'S3',
    lines: statusLines(10),
    verdict: 'FAIL',
    fail: ['未检测到 Gate 窗口判定（GATE_CHECK_PASSED/FAILED）'],
  },
  {
    what: 'a halted share at the limit of S3',
    stage: 'S3',
    lines: [...statusLines(10, { halted: 2 }), GATE_PASSED],
    verdict: 'PASS_WITH_ACTIONS',
    warn: ['检测到短暂 trading_halted: 占比 0.20'],
  },
  {
    what: 'a halted share above the limit of S3',
    stage: 'S3',
    lines: [...statusLines(10, { halted: 3 }), GATE_PASSED],
    verdict: 'FAIL',
    fail: ['trading_halted 占比过高: 0.30 > 0.20'],
  },
  {
    what: 'a mismatch that nothing repaired',
    stage: 'S3',
    lines: [...GOOD_S3, MISMATCH],
    verdict: 'PASS_WITH_ACTIONS',
    warn: ['检测到 OMS 对账不一致且未自动重同步: 1 次'],
  },
  {
    what: 'a mismatch that was resynchronised',
    stage: 'S3',
    lines: [...GOOD_S3, MISMATCH, AUTORESYNC],
    verdict: 'PASS',
  },
  {
    what: 'a failed gate window',
    stage: 'S3',
    lines: [...GOOD_S3, GATE_FAILED],
    verdict: 'PASS_WITH_ACTIONS',
    warn: ['存在未通过的 Gate 窗口: 1 次'],
  },
  { what: 'everything S5 wants', stage: 'S5', lines: GOOD_S5, verdict: 'PASS' },
  {
    what: 'what S3 would accept',
    stage: 'S5',
    lines: GOOD_S3,
    verdict: 'FAIL',
    fail: ['RUNTIME_STATUS 条数不足: 10 < 50', '未检测到自进化初始化（SELF_EVOLUTION_INIT）'],
  },
  {
    what: 'a halted share at the limit of S5',
    stage: 'S5',
    lines: [...statusLines(50, { halted: 5 }), GATE_PASSED, SELF_EVOLUTION],
    verdict: 'PASS_WITH_ACTIONS',
    warn: ['检测到短暂 trading_halted: 占比 0.10'],
  },
  {
    what: 'a halted share above the limit of S5',
    stage: 'S5',
    lines: [...statusLines(50, { halted: 6 }), GATE_PASSED, SELF_EVOLUTION],
    verdict: 'FAIL',
    fail: ['trading_halted 占比过高: 0.12 > 0.10'],
  },
  {
    what: 'a failure and a warning',
    stage: 'S3',
    lines: [...statusLines(9), GATE_PASSED, MISMATCH],
    verdict: 'FAIL',
    fail: ['RUNTIME_STATUS 条数不足: 9 < 10'],
    warn: ['检测到 OMS 对账不一致且未自动重同步: 1 次'],
  },
]

describe('stage rules', () => {
  it.each(cases)('$stage, $what: $verdict', ({ stage, lines, verdict, fail = [], warn = [] }) => {
    const judgement = judge(readRuntimeLog(lines.join('\n')), stage, rulesOf(stage).minRuntimeStatus)
    expect(judgement).toEqual({ verdict, failReasons: fail, warnReasons: warn })
  })

  it('take the number of status lines from the caller', () => {
    expect(judge(readRuntimeLog(GOOD_S3.join('\n')), 'S3', 11).failReasons).toEqual([
      'RUNTIME_STATUS 条数不足: 10 < 11',
    ])
    expect(judge(readRuntimeLog([...statusLines(2), GATE_PASSED].join('\n')), 'S3', 2).verdict).toBe('PASS')
  })
})
