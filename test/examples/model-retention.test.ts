import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { removeOldModels } from '../../examples/ai-trade/src/research/retention.ts'

/** Models by their age, the oldest first. */
const MODELS = ['m-00000000000a', 'm-00000000000b', 'm-00000000000c', 'm-00000000000d'] as const
const [A, B, C, D] = MODELS

describe('the retention of models', () => {
  let root = ''
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'ai-trade-models-'))
    mkdirSync(join(root, 'models'))
    for (const [age, id] of MODELS.entries()) leaveModel(id, age)
  })
  afterEach(() => rmSync(root, { recursive: true }))

  function leaveModel(id: string, second: number) {
    const file = join(root, 'models', `${id}.json`)
    writeFileSync(file, JSON.stringify({ model_id: id }))
    utimesSync(file, 1_770_000_000 + second, 1_770_000_000 + second)
  }

  function activate(id: string, previous: string | null) {
    const active = { model_id: id, previous_model_id: previous }
    writeFileSync(join(root, 'models/active.json'), JSON.stringify(active))
  }

  /** A run whose training speaks of these two. */
  function leaveRun(runId: string, modelId: string, activeModelId: string | null) {
    const directory = join(root, 'reports', runId)
    mkdirSync(directory, { recursive: true })
    const run = { run_id: runId, action: 'train', started_at_utc: '2026-02-14T15:00:00Z' }
    writeFileSync(join(directory, 'run.json'), JSON.stringify(run))
    const registry = { model_id: modelId, active_model_id: activeModelId }
    writeFileSync(join(directory, 'training.json'), JSON.stringify({ registry }))
  }

  /** What is left when so many models are kept. */
  function keeping(keep: number): readonly string[] {
    mkdirSync(join(root, 'reports'), { recursive: true })
    expect(removeOldModels(join(root, 'models'), join(root, 'reports'), keep)).toEqual([])
    return readdirSync(join(root, 'models')).toSorted()
  }
  const files = (...ids: readonly string[]) => ids.map((id) => `${id}.json`)

  it('keeps the newest by the time of their registration', () => {
    leaveModel(A, 9)
    expect(keeping(2)).toEqual(files(A, D))
  })

  it('keeps the active model and the one before it, however old', () => {
    activate(B, A)
    expect(keeping(1)).toEqual(['active.json', ...files(A, B, D)])
  })

  it('keeps what the training of a run that is kept speaks of', () => {
    leaveRun('trained', B, A)
    expect(keeping(1)).toEqual(files(A, B, D))
  })

  it('keeps all where there are no more', () => {
    expect(keeping(4)).toEqual(files(A, B, C, D))
  })

  it('does not keep for ever what a killed run had not registered yet', () => {
    activate(A, null)
    const half = join(root, 'models', `${A}.json.1.new`)
    writeFileSync(half, '{')
    utimesSync(half, 0, 0)
    expect(keeping(1)).toEqual(['active.json', ...files(A, D)])
  })

  it('leaves alone what is no model', () => {
    for (const name of ['m-mine.json', 'notes.txt', 'm-00000000000a.json.bak'])
      writeFileSync(join(root, 'models', name), '')
    mkdirSync(join(root, 'models/m-000000000000.json'))
    expect(keeping(1)).toEqual([
      ...['m-000000000000.json', 'm-00000000000a.json.bak', ...files(D), 'm-mine.json', 'notes.txt'],
    ])
  })

  it('has nothing to do before there was a training', () => {
    rmSync(join(root, 'models'), { recursive: true })
    expect(removeOldModels(join(root, 'models'), root, 1)).toEqual([])
  })
})
