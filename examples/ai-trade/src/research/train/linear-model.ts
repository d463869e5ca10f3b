/** Returns before the predicted one that the model looks at. */
export const LAGS = 3

/** Keeps the coefficients small where the data says little: a share of the features' own size. */
const RIDGE = 0.01

/** Predicts the next return from the last ones: an intercept, then one factor a lag, the newest first. */
export type Coefficients = readonly number[]

/** One return, and those before it, the newest first. */
export interface Example {
  readonly features: readonly number[]
  readonly target: number
}

/** Every return that has enough others before it. */
export function examplesOf(returns: readonly number[]): readonly Example[] {
  return returns.slice(LAGS).map((target, index) => ({
    features: returns.slice(index, index + LAGS).toReversed(),
    target,
  }))
}

export function predict(coefficients: Coefficients, features: readonly number[]): number {
  const [intercept = 0, ...factors] = coefficients
  return factors.reduce((sum, factor, index) => sum + factor * (features[index] ?? 0), intercept)
}

/** Ridge regression by the normal equations; the intercept is not held back. */
export function fitted(examples: readonly Example[]): Coefficients {
  const rows = examples.map(({ features }) => [1, ...features])
  const size = LAGS + 1
  const equations = Array.from({ length: size }, (_, row) => [
    ...Array.from({ length: size }, (_unused, column) => {
      const product = sumOf(rows.map((values) => (values[row] ?? 0) * (values[column] ?? 0)))
      return row === column && row > 0 ? product * (1 + RIDGE) : product
    }),
    sumOf(examples.map(({ target }, index) => target * (rows[index]?.[row] ?? 0))),
  ])
  return solved(equations)
}

/** Gaussian elimination with the largest pivot; a column of zeros (nothing moved) gets the factor 0. */
function solved(equations: readonly (readonly number[])[]): number[] {
  const rows = equations.map((row) => [...row])
  const size = rows.length
  for (let column = 0; column < size; column += 1) {
    const pivots = rows.slice(column).map((row) => Math.abs(row[column] ?? 0))
    const pivot = column + pivots.indexOf(Math.max(...pivots))
    const [top = [], other = []] = [rows[pivot], rows[column]]
    rows[column] = top
    if (pivot !== column) rows[pivot] = other
    const head = top[column] ?? 0
    if (head === 0) continue
    for (const row of rows) {
      if (row === top) continue
      const factor = (row[column] ?? 0) / head
      for (let index = column; index <= size; index += 1) {
        row[index] = (row[index] ?? 0) - factor * (top[index] ?? 0)
      }
    }
  }
  return rows.map((row, index) => {
    const head = row[index] ?? 0
    return head === 0 ? 0 : (row[size] ?? 0) / head
  })
}

/** How good predictions were. */
export interface Score {
  readonly meanSquaredError: number
  /** Share of the predictions that had the right sign. */
  readonly hitRatio: number
}

export function scored(
  examples: readonly Example[],
  prediction: (features: readonly number[]) => number,
): Score {
  const errors = examples.map(({ features, target }) => (target - prediction(features)) ** 2)
  const hits = examples.filter(({ features, target }) => prediction(features) * target > 0).length
  return { meanSquaredError: sumOf(errors) / examples.length, hitRatio: hits / examples.length }
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}
