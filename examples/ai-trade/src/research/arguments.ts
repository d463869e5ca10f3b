import { parseArgs } from 'node:util'
import { DEFAULT_KEEP_RUNS } from './retention.ts'
import type { Action } from './runs.ts'
import { rulesOf, type Stage } from './stage-rules.ts'

/** What a call asks for. Paths are absolute. */
export interface ResearchCall {
  readonly action: Action
  readonly runDir: string
  readonly stage: Stage
  readonly minRuntimeStatus: number
  readonly marketData: string
  readonly modelsDirectory: string
  /** `later`: a model may be registered, and must not become the active one. */
  readonly activation: 'allowed' | 'later'
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
      activation: { type: 'string', default: 'allowed' },
    },
  })
  const { stage } = values
  if (values['run-dir'] === '') return '--run-dir is missing'
  const minRuntimeStatus = wholeNumber(values['min-runtime-status'], rulesOf(stage).minRuntimeStatus)
  if (minRuntimeStatus === undefined) {
    return `--min-runtime-status must be a whole number, not '${values['min-runtime-status']}'`
  }
  const activation = (['allowed', 'later'] as const).find((known) => known === values.activation)
  if (activation === undefined) return `--activation must be allowed or later, not '${values.activation}'`
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
    activation,
    keepRuns,
  }
}

function wholeNumber(text: string, whenEmpty: number): number | undefined {
  if (text === '') return whenEmpty
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined
}
