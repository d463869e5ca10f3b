import type { DeployConfig } from '../config/config.ts'
import type { Ports } from '../model/ports.ts'
import type { DeploymentRecord } from './record.ts'

/** The configuration, ports and record of one deployment, for every phase. */
export interface Deployment {
  readonly config: DeployConfig
  readonly ports: Ports
  readonly record: DeploymentRecord
}
