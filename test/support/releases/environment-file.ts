import { randomBytes } from 'node:crypto'

/** Lines of a production env file around the assignments that a test asks for. */
export interface EnvironmentFile {
  readonly text: string
  /** The secret values in it, unquoted: none may ever be seen off the host. */
  readonly canaries: readonly string[]
}

/**
 * An env file as people write it: comments (one of them an outdated assignment), blank lines, `export`, every
 * way of quoting, and secrets that are new each time. A shell that sources it reads the same values.
 */
export function environmentFile(variables: Readonly<Record<string, string>>): EnvironmentFile {
  const apiKey = `canary-key-${fresh()}`
  const apiSecret = `canary $ecret #${fresh()}`
  const webhookPassword = `canary-hook-${fresh()}`
  const { AI_TRADE_PROJECT_DIR: projectDir = '', ...others } = variables
  const lines = [
    '# ai-trade 运行环境（生产）',
    '',
    `AI_TRADE_BYBIT_DEMO_API_KEY=${apiKey}`,
    `AI_TRADE_BYBIT_DEMO_API_SECRET='${apiSecret}'`,
    '',
    '# AI_TRADE_IMAGE=registry.invalid/ai-trade:outdated',
    `export AI_TRADE_PROJECT_DIR=${assigned(projectDir)}`,
    ...Object.entries(others).map(([name, value]) => `${name}=${assigned(value)}`),
    '',
    'AI_TRADE_REGION=ap-southeast-1   # Singapore',
    `AI_TRADE_NOTIFY_URL="https://ops:${webhookPassword}@hooks.invalid/ai trade"`,
  ]
  return { text: `${lines.join('\n')}\n`, canaries: [apiKey, apiSecret, webhookPassword] }
}

function fresh(): string {
  return randomBytes(8).toString('hex')
}

function assigned(value: string): string {
  if (/^[\w./:@-]*$/.test(value)) return value
  if (value.includes("'")) throw new Error(`a value with a single quote cannot be written: ${value}`)
  return `'${value}'`
}
