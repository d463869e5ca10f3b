/**
 * Looks at the stack through the Docker socket again and again, prints one line each time, and tells a webhook when
 * something begins to be wrong or is over. It reads; it never changes anything.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { beat } from './heartbeat.ts'
import { lookAt } from './watchdog/docker-api.ts'
import { restartMemory } from './watchdog/restarts.ts'
import { verdictOn, watchdogLine } from './watchdog/verdict.ts'
import { alarm, postTo } from './watchdog/webhook.ts'

const TRADING = 'ai-trade'
const SCHEDULER = 'ai-trade-scheduler'

const intervalSeconds = Number(process.env.AI_TRADE_WATCHDOG_INTERVAL_SECONDS || '60')
if (!(intervalSeconds > 0)) throw new Error('AI_TRADE_WATCHDOG_INTERVAL_SECONDS must be a number above 0')
const webhook = process.env.AI_TRADE_WATCHDOG_WEBHOOK_URL ?? ''

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0))

const memories = { [TRADING]: restartMemory(), [SCHEDULER]: restartMemory() }
const tell = alarm({
  post: (text) => (webhook === '' ? Promise.resolve({ kind: 'delivered' }) : postTo(webhook, text)),
  pause: (seconds) => sleep(seconds * 1000),
  log: (line) => console.log(line),
})

async function round(): Promise<void> {
  const [trading, scheduler] = await Promise.all([lookAt(TRADING), lookAt(SCHEDULER)])
  const now = new Date()
  const restarts = {
    [TRADING]: memories[TRADING](trading, now),
    [SCHEDULER]: memories[SCHEDULER](scheduler, now),
  }
  const restarting = Object.fromEntries(
    Object.entries(restarts).flatMap(([name, times]) => (times === undefined ? [] : [[name, times]])),
  )
  const verdict = verdictOn({ trading, scheduler, restarting }, now)
  const line = watchdogLine(verdict)
  console.log(line)
  await tell(verdict, line)
}

while (true) {
  beat(intervalSeconds)
  await round()
  await sleep(intervalSeconds * 1000)
}
