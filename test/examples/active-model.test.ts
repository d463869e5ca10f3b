import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from '@jest/globals'
import { activeModelWatch } from '../../examples/ai-trade/src/app/active-model.ts'

const directory = mkdtempSync(join(tmpdir(), 'ai-trade-active-'))
const file = join(directory, 'active.json')
afterAll(() => rmSync(directory, { recursive: true }))

/** As the training does it. */
function put(text: string): void {
  writeFileSync(`${file}.new`, text)
  renameSync(`${file}.new`, file)
}

it('the active model is taken up while the service runs, and said once', () => {
  const news = activeModelWatch(file)
  expect(news()).toEqual([])
  put('{"model_id":"m-1"}')
  expect(news()).toEqual([{ level: 'INFO', message: 'SELF_EVOLUTION_MODEL: active=m-1' }])
  expect(news()).toEqual([])
  put('{"model_id":"m-2"}')
  expect(news()).toEqual([{ level: 'INFO', message: 'SELF_EVOLUTION_MODEL: active=m-2' }])
  for (const damaged of ['{"model_id":"m-3\\nCRITICAL"}', '{"CRITICAL', '{}']) {
    put(damaged)
    expect(news()).toEqual([
      { level: 'WARN', message: 'SELF_EVOLUTION_MODEL: the active model cannot be read' },
    ])
  }
  rmSync(file)
  expect(news()).toEqual([{ level: 'WARN', message: 'SELF_EVOLUTION_MODEL: the active model is gone' }])
  expect(news()).toEqual([])
})
