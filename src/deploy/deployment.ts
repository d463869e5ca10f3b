import type { DeployConfig } from '../config/config.ts'
import type { Ports } from '../model/ports.ts'
import type { DeploymentRecord } from './record.ts'

/** What one deployment works with, from the first phase to the last. */
export interface Deployment {
  readonly config: DeployConfig
  readonly ports: Ports
  readonly record: DeploymentRecord
}
