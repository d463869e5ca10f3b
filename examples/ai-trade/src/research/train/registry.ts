import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { writeJson } from '../json-file.ts'
import { objectIn } from '../runs.ts'
import type { Coefficients } from './linear-model.ts'

/** A fitted model as it is registered: `models/<model_id>.json`. */
export interface Model {
  /** Made of the data and the coefficients, so that the same training gives the same model. */
  readonly model_id: string
  readonly market_data_sha256: string
  readonly coefficients: Coefficients
}

/** `models/active.json`: the model that the trading service uses. It is read there within a status line. */
export interface ActiveModel extends Model {
  readonly activated_at_utc: string
  /** The run that activated it. */
  readonly run_id: string
  readonly previous_model_id: string | null
}

export function modelOf(marketDataSha256: string, coefficients: Coefficients): Model {
  const digest = createHash('sha256').update(`${marketDataSha256} ${JSON.stringify(coefficients)}`)
  return {
    model_id: `m-${digest.digest('hex').slice(0, 12)}`,
    market_data_sha256: marketDataSha256,
    coefficients,
  }
}

/** Keeps the model, and says whether it is a new one. */
export function register(modelsDirectory: string, model: Model): 'new' | 'known' {
  mkdirSync(modelsDirectory, { recursive: true })
  const path = modelPath(modelsDirectory, model)
  if (existsSync(path)) return 'known'
  writeJson(path, model)
  return 'new'
}

export function modelPath(modelsDirectory: string, { model_id }: Model): string {
  return `${modelsDirectory}/${model_id}.json`
}

export function activate(modelsDirectory: string, active: ActiveModel): void {
  writeJson(`${modelsDirectory}/active.json`, active)
}

/** The active model, or undefined where none is, or where its file cannot be used. */
export function activeModel(modelsDirectory: string): Model | undefined {
  try {
    const found: Partial<ActiveModel> = JSON.parse(readFileSync(`${modelsDirectory}/active.json`, 'utf8'))
    const { model_id, market_data_sha256 = '', coefficients = [] } = found
    const usable =
      typeof model_id === 'string' && coefficients.length > 0 && coefficients.every(Number.isFinite)
    return usable ? { model_id, market_data_sha256, coefficients } : undefined
  } catch {
    return undefined
  }
}

/** The files of the registered models, oldest first by the time of their registration. */
export function modelFiles(modelsDirectory: string): readonly string[] {
  if (!existsSync(modelsDirectory)) return []
  return readdirSync(modelsDirectory, { withFileTypes: true })
    .filter((entry) => entry.isFile() && MODEL_FILE.test(entry.name))
    .map(({ name }) => ({ name, at: statSync(`${modelsDirectory}/${name}`).mtimeMs }))
    .toSorted((one, other) => one.at - other.at || (one.name < other.name ? -1 : 1))
    .map(({ name }) => name)
}

/** As a model is registered, or was about to be by a run that was killed. Whatever else is kept there is no model. */
const MODEL_FILE = /^m-[0-9a-f]{12}\.json(?:\.\d+\.new)?$/

/** The ids of the active model and of the one that was active before it. */
export function modelsInUse(modelsDirectory: string): readonly string[] {
  const { model_id, previous_model_id } = objectIn(`${modelsDirectory}/active.json`)
  return [String(model_id), String(previous_model_id)]
}
