import type { RuntimeLog } from './runtime-log.ts'

/** `S3`, `S5`, or a word of the caller's own. */
export type Stage = string
export type Verdict = 'PASS' | 'PASS_WITH_ACTIONS' | 'FAIL'

/** A stage's own limits. `minRuntimeStatus` is what holds when the caller asks for no other number. */
export interface StageRules {
  readonly minRuntimeStatus: number
  /** Above this share of RUNTIME_STATUS lines with trading halted, the run fails. */
  readonly maxTradingHaltedRatio: number
  readonly wantsGateWindow: 'yes' | 'no'
  readonly wantsSelfEvolution: 'yes' | 'no'
}

const STAGE_RULES: Readonly<Record<string, StageRules>> = {
  S3: { minRuntimeStatus: 10, maxTradingHaltedRatio: 0.2, wantsGateWindow: 'yes', wantsSelfEvolution: 'no' },
  S5: { minRuntimeStatus: 50, maxTradingHaltedRatio: 0.1, wantsGateWindow: 'yes', wantsSelfEvolution: 'yes' },
}

/** Any other stage: whoever calls says what the log must show, and this looks for what is bad in it. */
const OTHER_STAGE: StageRules = {
  minRuntimeStatus: 0,
  maxTradingHaltedRatio: 0.2,
  wantsGateWindow: 'no',
  wantsSelfEvolution: 'no',
}

export function rulesOf(stage: Stage): StageRules {
  return (Object.hasOwn(STAGE_RULES, stage) ? STAGE_RULES[stage] : undefined) ?? OTHER_STAGE
}

/** A verdict and why. The reasons are Chinese sentences: the operators' language, and the reports'. */
export interface Judgement {
  readonly verdict: Verdict
  readonly failReasons: readonly string[]
  readonly warnReasons: readonly string[]
}

/** Applies a stage's rules to a log: any fail reason is FAIL, otherwise any warning is PASS_WITH_ACTIONS. */
export function judge(log: RuntimeLog, stage: Stage, minRuntimeStatus: number): Judgement {
  const failReasons = reasonsOf(failRules(log, stage, minRuntimeStatus))
  const warnReasons = reasonsOf(warnRules(log, stage))
  const verdict = failReasons.length > 0 ? 'FAIL' : warnReasons.length > 0 ? 'PASS_WITH_ACTIONS' : 'PASS'
  return { verdict, failReasons, warnReasons }
}

/** Share of the status lines that report trading as halted; 0 without any. */
export function tradingHaltedRatio(log: RuntimeLog): number {
  return share(log.counts.trading_halted_true_count, log.counts.runtime_status_count)
}

/** Share of the gate windows that failed; 0 without any. */
export function gateCheckFailRatio(log: RuntimeLog): number {
  const { gate_check_failed_count: failed, gate_check_passed_count: passed } = log.counts
  return share(failed, failed + passed)
}

type Rule = readonly [broken: boolean, reason: string]

function failRules(log: RuntimeLog, stage: Stage, minRuntimeStatus: number): readonly Rule[] {
  const { counts } = log
  const rules = rulesOf(stage)
  const haltedRatio = tradingHaltedRatio(log)
  return [
    [
      counts.runtime_status_count < minRuntimeStatus,
      `RUNTIME_STATUS 条数不足: ${counts.runtime_status_count} < ${minRuntimeStatus}`,
    ],
    [counts.critical_count > 0, `检测到 CRITICAL 日志: ${counts.critical_count} 条`],
    [counts.ws_unhealthy_count > 0, `检测到 WS 不健康: ${counts.ws_unhealthy_count} 次`],
    [
      haltedRatio > rules.maxTradingHaltedRatio,
      `trading_halted 占比过高: ${haltedRatio.toFixed(2)} > ${rules.maxTradingHaltedRatio.toFixed(2)}`,
    ],
    [
      rules.wantsGateWindow === 'yes' &&
        counts.gate_check_passed_count + counts.gate_check_failed_count === 0,
      '未检测到 Gate 窗口判定（GATE_CHECK_PASSED/FAILED）',
    ],
    [
      rules.wantsSelfEvolution === 'yes' && log.selfEvolutionCount === 0,
      '未检测到自进化初始化（SELF_EVOLUTION_INIT）',
    ],
  ]
}

function warnRules(log: RuntimeLog, stage: Stage): readonly Rule[] {
  const { counts } = log
  const haltedRatio = tradingHaltedRatio(log)
  return [
    [
      counts.reconcile_mismatch_count > 0 && counts.reconcile_autoresync_count === 0,
      `检测到 OMS 对账不一致且未自动重同步: ${counts.reconcile_mismatch_count} 次`,
    ],
    [
      haltedRatio > 0 && haltedRatio <= rulesOf(stage).maxTradingHaltedRatio,
      `检测到短暂 trading_halted: 占比 ${haltedRatio.toFixed(2)}`,
    ],
    [counts.gate_check_failed_count > 0, `存在未通过的 Gate 窗口: ${counts.gate_check_failed_count} 次`],
  ]
}

function reasonsOf(rules: readonly Rule[]): readonly string[] {
  return rules.filter(([broken]) => broken).map(([, reason]) => reason)
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}
