import { parseArgs } from 'node:util'
import { DEFAULT_KEEP_RUNS } from './retention.ts'
import type { Action } from './runs.ts'
import { STAGE_RULES, type Stage } from './stage-rules.ts'

/** What a call asks for. Paths are absolute. */
export interface ResearchCall {
  readonly action: Action
  readonly runDir: string
  readonly stage: Stage
  readonly minRuntimeStatus: number
  readonly marketData: string
  readonly modelsDirectory: string
  readonly keepRuns: number
}

/** The call, or what is wrong with it. */
export function researchCall(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ResearchCall | string {
  const [command, ...rest] = args
  const action = (['train', 'assess', 'full'] as const).find((known) => known === command)
  if (action === undefined) return `unknown action '${command ?? ''}': it is one of train, assess, full`
  const { values } = parseArgs({
    args: rest,
    options: {
      'run-dir': { type: 'string', default: '' },
      stage: { type: 'string', default: 'S3' },
      'min-runtime-status': { type: 'string', default: '' },
    },
  })
  const stage = (['S3', 'S5'] as const).find((known) => known === values.stage)
  if (stage === undefined) return `--stage must be S3 or S5, not '${values.stage}'`
  if (values['run-dir'] === '') return '--run-dir is missing'
  const minRuntimeStatus = wholeNumber(values['min-runtime-status'], STAGE_RULES[stage].minRuntimeStatus)
  if (minRuntimeStatus === undefined) {
    return `--min-runtime-status must be a whole number, not '${values['min-runtime-status']}'`
  }
  const keepRuns = wholeNumber(environment.AI_TRADE_KEEP_RUNS ?? '', DEFAULT_KEEP_RUNS)
  if (keepRuns === undefined || keepRuns < 1) {
    return `AI_TRADE_KEEP_RUNS must be a whole number above 0, not '${environment.AI_TRADE_KEEP_RUNS}'`
  }
  return {
    action,
    runDir: values['run-dir'],
    stage,
    minRuntimeStatus,
    marketData: environment.AI_TRADE_MARKET_DATA || '/app/market-data/synthetic-4h.csv',
    modelsDirectory: `${environment.AI_TRADE_DATA_DIR || '/opt/ai-trade/data'}/models`,
    keepRuns,
  }
}

function wholeNumber(text: string, whenEmpty: number): number | undefined {
  if (text === '') return whenEmpty
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined
}
