/**
 * The trading service's stand-in: no orders, but a real long-running process with the real log format,
 * ticking, reporting its status, and ending at once when it is told to.
 */
import { existsSync, rmSync } from 'node:fs'
import { paperAccount } from './app/account.ts'
import { activeModelWatch } from './app/active-model.ts'
import {
  type Behaviour,
  behaviourNamed,
  eventsAfterStatus,
  type LogEntry,
  tradingHaltedAt,
} from './app/behaviour.ts'
import { logLine, runtimeStatusMessage } from './app/log-line.ts'
import { beat } from './heartbeat.ts'

/** Written by healthcheck.sh when it passes. */
const HEALTHCHECK_PASSED = '/tmp/healthcheck-passed'
const ACTIVE_MODEL = `${process.env.AI_TRADE_DATA_DIR ?? '/opt/ai-trade/data'}/models/active.json`

const behaviour = behaviourNamed(process.env.AI_TRADE_BEHAVIOUR)
const tickMilliseconds = positiveSetting('AI_TRADE_TICK_MILLISECONDS', 3000)
const statusEveryTicks = positiveSetting('AI_TRADE_STATUS_EVERY_TICKS', 20)
const delaySeconds = positiveSetting('AI_TRADE_BEHAVIOUR_DELAY_SECONDS', defaultDelaySeconds(behaviour))

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (behaviour !== 'silent') log({ level: 'INFO', message: `${signal}: orders cancelled, bye` })
    process.exit(0)
  })
}

if (behaviour === 'crash-at-start') {
  // As careless clients do: the credentials stand in the message, and so in the container's log.
  const credentials = JSON.stringify({
    apiKey: process.env.AI_TRADE_BYBIT_DEMO_API_KEY ?? '',
    secret: process.env.AI_TRADE_BYBIT_DEMO_API_SECRET ?? '',
  })
  log({ level: 'ERROR', message: `unhandled TypeError in exchange client, config=${credentials}` })
  process.exit(1)
}

rmSync(HEALTHCHECK_PASSED, { force: true })
beat(Math.max(delaySeconds, tickMilliseconds / 1000))
if (behaviour === 'slow') setTimeout(trade, delaySeconds * 1000)
else trade()
if (behaviour === 'crash-later') void crashOnceSeenHealthy()

function trade(): void {
  const speaks = behaviour !== 'silent'
  const nextSample = paperAccount()
  const modelNews = activeModelWatch(ACTIVE_MODEL)
  let ticks = 0
  let statusNumber = 0
  if (speaks) {
    log({ level: 'INFO', message: 'ai-trade started' })
    log({ level: 'INFO', message: 'SELF_EVOLUTION_INIT: population=8, generation=0' })
  }
  setInterval(() => {
    ticks += 1
    beat(tickMilliseconds / 1000)
    if (!speaks || ticks % statusEveryTicks !== 0) return
    statusNumber += 1
    const tradingHalted = tradingHaltedAt(behaviour, statusNumber)
    log({ level: 'INFO', message: runtimeStatusMessage({ ticks, tradingHalted, ...nextSample() }) })
    for (const event of [...eventsAfterStatus(behaviour, statusNumber), ...modelNews()]) log(event)
  }, tickMilliseconds)
}

async function crashOnceSeenHealthy(): Promise<void> {
  while (!existsSync(HEALTHCHECK_PASSED)) await seconds(0.2)
  await seconds(delaySeconds)
  log({ level: 'ERROR', message: 'unhandled RangeError in signal pipeline: window is empty' })
  process.exit(1)
}

function seconds(count: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, count * 1000))
}

function log(entry: LogEntry): void {
  process.stdout.write(`${logLine(new Date(), entry)}\n`)
}

function defaultDelaySeconds(of: Behaviour): number {
  return of === 'slow' ? 30 : 1
}

function positiveSetting(name: string, whenUnset: number): number {
  const text = process.env[name] ?? ''
  const value = text === '' ? whenUnset : Number(text)
  if (!(value > 0)) throw new Error(`${name} must be a number above 0, not ${text}`)
  return value
}
