import { expect, it } from '@jest/globals'
import { namedIn } from '../../../src/check/check-documents.ts'

it.each<[name: string, path: string, text: string, named: boolean]>([
  ['A_B', 'README.md', 'set `A_B` to', true],
  ['A_B', 'docs/配置手册.md', '环境变量A_B必须设置', true],
  ['A_B', 'README.md', `\${A_B:-x}`, true],
  ['A_B', 'README.md', 'A_B_C and X_A_B', false],
  ['A_B', 'README.md', '', false],
  ['A_B', '.env.example', 'A_B=\n', true],
  ['A_B', '.env.example', 'X=1\r\n# A_B=default\r\n', true],
  ['A_B', 'deploy/.env.runtime', '  export A_B = 1', true],
  ['A_B', '.env.example', '# see A_B\nX=$A_B', false],
  ['A_B', '.env.example', 'X_A_B=1\nA_B_C=1', false],
  ['--run', 'README.md', '| `--run NAME` |', true],
  ['--run', 'docs/开发指南.md', '参数--run，', true],
  ['--run', 'README.md', '--run-id, ---run and x--run', false],
])('%s in %s: %j is %j', (name, path, text, named) => {
  expect(namedIn({ path, text }).has(name)).toBe(named)
})
