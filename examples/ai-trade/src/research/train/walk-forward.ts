import {
  type Coefficients,
  type Example,
  examplesOf,
  fitted,
  predict,
  type Score,
  scored,
} from './linear-model.ts'

/** Returns that a fold is fitted to, and the returns right after them by which it is measured. */
const TRAIN_RETURNS = 360
const TEST_RETURNS = 60

/** One step of the walk: fitted to what was known then, measured by what came next. */
interface Fold {
  readonly test: readonly Example[]
  readonly model: Score
  /** Of predicting that nothing moves. */
  readonly zero: Score
}

/** What the walk through the data found. Errors are mean squared errors of returns, all out of sample. */
export interface WalkForward {
  readonly folds: number
  readonly outOfSampleReturns: number
  readonly modelError: number
  /** Of predicting that nothing moves. */
  readonly zeroError: number
  readonly hitRatio: number
  /** Folds in which the model was better than predicting that nothing moves. */
  readonly betterFolds: number
  /** Fitted to the newest returns: what a registered model predicts with. */
  readonly coefficients: Coefficients
  readonly lastFold: Fold
}

/** Walks through the returns, oldest first. Throws where there are too few for one fold. */
export function walkForward(returns: readonly number[]): WalkForward {
  const examples = examplesOf(returns)
  const folds: Fold[] = []
  for (let start = 0; start + TRAIN_RETURNS + TEST_RETURNS <= examples.length; start += TEST_RETURNS) {
    const coefficients = fitted(examples.slice(start, start + TRAIN_RETURNS))
    const test = examples.slice(start + TRAIN_RETURNS, start + TRAIN_RETURNS + TEST_RETURNS)
    folds.push({
      test,
      model: scored(test, (features) => predict(coefficients, features)),
      zero: scored(test, () => 0),
    })
  }
  const lastFold = folds.at(-1)
  if (lastFold === undefined) throw new Error(`${returns.length} returns are too few for a walk-forward`)
  return {
    folds: folds.length,
    outOfSampleReturns: folds.length * TEST_RETURNS,
    modelError: mean(folds.map(({ model }) => model.meanSquaredError)),
    zeroError: mean(folds.map(({ zero }) => zero.meanSquaredError)),
    hitRatio: mean(folds.map(({ model }) => model.hitRatio)),
    betterFolds: folds.filter(({ model, zero }) => model.meanSquaredError < zero.meanSquaredError).length,
    coefficients: fitted(examples.slice(-TRAIN_RETURNS)),
    lastFold,
  }
}

/** The error of another model on the newest fold. */
export function errorOnLastFold({ lastFold }: WalkForward, coefficients: Coefficients): number {
  return scored(lastFold.test, (features) => predict(coefficients, features)).meanSquaredError
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
