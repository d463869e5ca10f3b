import { readFileSync } from 'node:fs'
import { type DataQuality, readMarketData, returnsOf } from './market-data.ts'
import { activate, activeModel, type Model, modelOf, modelPath, register } from './registry.ts'
import { errorOnLastFold, type WalkForward, walkForward } from './walk-forward.ts'

interface Section {
  readonly status: 'pass' | 'fail'
  readonly fail_reasons: readonly string[]
  readonly warn_reasons: readonly string[]
}

/** The sections of a training, in the names of the report. Those after one that fails did not run. */
export interface TrainingSections {
  readonly data_quality: DataQuality
  /** What is there to beat: predicting that nothing moves. */
  readonly baseline?: Section & { readonly mean_squared_error: number }
  readonly integrator?: Section & {
    readonly model: string
    readonly folds: number
    readonly out_of_sample_returns: number
    readonly mean_squared_error: number
    /** 1 - model's error / baseline's error: above 0 is better than the baseline. */
    readonly r2_out_of_sample: number
    readonly hit_ratio: number
    readonly better_folds: number
  }
  readonly registry?: Section & {
    readonly model_id: string
    readonly model_file: string
    readonly registered: 'new' | 'known'
    readonly activation: Activation['kind']
    readonly activation_reason: string
    readonly active_model_id: string | null
  }
}

type Activation =
  | { readonly kind: 'activated'; readonly reason: string }
  | { readonly kind: 'active_already'; readonly reason: string }
  /** The active model, or having none, stays. */
  | { readonly kind: 'kept'; readonly reason: string }

export interface TrainingPlaces {
  readonly marketData: string
  readonly modelsDirectory: string
}

/** A training whose model is registered, and not active yet. */
export interface Training {
  /**
   * Makes the model the active one where it has earned it and the service that would use it is well; gives the
   * sections.
   */
  readonly conclude: (run: {
    readonly runId: string
    readonly at: Date
    readonly runtime: 'well' | 'failed'
  }) => TrainingSections
}

/** Reads the market data, fits and measures a model by walk-forward, and registers it. */
export function train({ marketData, modelsDirectory }: TrainingPlaces): Training {
  const { quality, bars } = readMarketData(textOf(marketData), marketData)
  if (quality.status === 'fail') return { conclude: () => ({ data_quality: quality }) }
  const walk = walkForward(returnsOf(bars))
  const model = modelOf(quality.sha256, walk.coefficients)
  const registered = register(modelsDirectory, model)
  return {
    conclude: ({ runId, at, runtime }) => {
      const active = activeModel(modelsDirectory)
      const activation = activationOf(walk, model, active, runtime)
      if (activation.kind === 'activated') {
        activate(modelsDirectory, {
          ...model,
          activated_at_utc: `${at.toISOString().slice(0, 19)}Z`,
          run_id: runId,
          previous_model_id: active?.model_id ?? null,
        })
      }
      return {
        data_quality: quality,
        ...measured(walk),
        registry: {
          ...PASSED,
          model_id: model.model_id,
          model_file: modelPath(modelsDirectory, model),
          registered,
          activation: activation.kind,
          activation_reason: activation.reason,
          active_model_id: activation.kind === 'kept' ? (active?.model_id ?? null) : model.model_id,
        },
      }
    },
  }
}

const PASSED = { status: 'pass', fail_reasons: [], warn_reasons: [] } as const

/** A file that cannot be read has no bars, and so fails by its number. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function measured(walk: WalkForward): Pick<TrainingSections, 'baseline' | 'integrator'> {
  return {
    baseline: { ...PASSED, mean_squared_error: walk.zeroError },
    integrator: {
      ...PASSED,
      model: 'ridge regression of the next return on the last three',
      folds: walk.folds,
      out_of_sample_returns: walk.outOfSampleReturns,
      mean_squared_error: walk.modelError,
      r2_out_of_sample: r2(walk),
      hit_ratio: walk.hitRatio,
      better_folds: walk.betterFolds,
    },
  }
}

function r2({ modelError, zeroError }: WalkForward): number {
  return zeroError === 0 ? 0 : 1 - modelError / zeroError
}

/** A model earns it by what it would have done out of sample, against nothing and against the active one. */
function activationOf(
  walk: WalkForward,
  model: Model,
  active: Model | undefined,
  runtime: 'well' | 'failed',
): Activation {
  if (active?.model_id === model.model_id) return { kind: 'active_already', reason: '该模型已在使用中' }
  if (runtime === 'failed') return { kind: 'kept', reason: '运行态评估未通过，不切换模型' }
  if (r2(walk) <= 0 || walk.betterFolds * 2 <= walk.folds) {
    return { kind: 'kept', reason: `样本外未稳定优于基线: ${walk.betterFolds}/${walk.folds} 折` }
  }
  const candidateError = walk.lastFold.model.meanSquaredError
  if (active !== undefined && candidateError >= errorOnLastFold(walk, active.coefficients)) {
    return { kind: 'kept', reason: `最近一折未优于使用中的模型 ${active.model_id}` }
  }
  return { kind: 'activated', reason: `样本外优于基线: ${walk.betterFolds}/${walk.folds} 折` }
}
