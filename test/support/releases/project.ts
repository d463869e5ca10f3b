import type { PrivateHost } from '../private-host/private-host.ts'
import { environmentFile } from './environment-file.ts'
import { exampleFile, placeFiles } from './example-files.ts'

export interface ProjectOptions {
  /** Absolute; default `/opt/ai-trade`. */
  readonly projectDir?: string
  /** Variables of the env file, the image variables first of all; they win over those of `times`. */
  readonly environment: Readonly<Record<string, string>>
  /**
   * `fast`: 2 s health interval, 1 s stop grace, a status line every 0.2 s, the scheduler's first run put off.
   * `contract`: the production defaults, but a status line every second, and the scheduler's first run at once.
   */
  readonly times: 'fast' | 'contract'
}

/** Absolute paths on the host, and the secrets in its env file. */
export interface Project {
  readonly projectDir: string
  readonly composeFile: string
  readonly envFile: string
  readonly runner: string
  readonly reportRoot: string
  readonly canaries: readonly string[]
}

const TIMES = {
  fast: {
    AI_TRADE_TICK_MILLISECONDS: '200',
    AI_TRADE_STATUS_EVERY_TICKS: '1',
    AI_TRADE_HEALTH_INTERVAL: '2s',
    AI_TRADE_HEALTH_RETRIES: '3',
    AI_TRADE_HEALTH_START_PERIOD: '0s',
    AI_TRADE_STOP_GRACE: '1s',
    AI_TRADE_WATCHDOG_INTERVAL_SECONDS: '10',
    AI_TRADE_SCHEDULER_DELAY_SECONDS: '86400',
  },
  contract: {
    AI_TRADE_TICK_MILLISECONDS: '1000',
    AI_TRADE_STATUS_EVERY_TICKS: '1',
    AI_TRADE_SCHEDULER_DELAY_SECONDS: '0',
  },
} as const

const FILES = [
  { path: 'docker-compose.prod.yml', mode: '0644' },
  { path: 'tools/closed_loop_runner.sh', mode: '0755' },
  { path: 'ops/scheduler.sh', mode: '0755' },
] as const

/** Puts the example's files and an env file (mode 0600) into a project directory of the host; starts nothing. */
export async function layOutProject(host: PrivateHost, options: ProjectOptions): Promise<Project> {
  const { projectDir = '/opt/ai-trade', environment, times } = options
  const envFile = environmentFile({
    AI_TRADE_PROJECT_DIR: projectDir,
    AI_TRADE_ENV_FILE: '.env.runtime',
    ...TIMES[times],
    ...environment,
  })
  const files = [
    ...FILES.map(({ path, mode }) => ({ path, mode, content: exampleFile(path) })),
    { path: '.env.runtime', mode: '0600', content: envFile.text },
  ]
  await host.sh(`${placeFiles(projectDir, files)}\nmkdir -p data`)
  return {
    projectDir,
    composeFile: `${projectDir}/docker-compose.prod.yml`,
    envFile: `${projectDir}/.env.runtime`,
    runner: `${projectDir}/tools/closed_loop_runner.sh`,
    reportRoot: `${projectDir}/data/reports/closed_loop`,
    canaries: envFile.canaries,
  }
}
